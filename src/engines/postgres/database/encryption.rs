//! Encrypted connections, as `sslmode` says.

use std::fmt::Display;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::StoreError;

use super::Result;

/// The values of `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub(super) enum Encryption {
    /// No encryption.
    Disable,
    /// Encryption if the server supports it.
    Prefer,
    /// Encryption, whatever the server's certificate is.
    Require,
    /// Encryption, and a certificate that a trusted authority has signed.
    VerifyCa,
    /// The same, for the name of the host.
    VerifyFull,
}

impl Encryption {
    fn checks_authority(self) -> bool {
        matches!(self, Self::VerifyCa | Self::VerifyFull)
    }
}

/// The files of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Files<'a> {
    /// The trusted authorities; otherwise those of the system.
    pub authorities: Option<&'a Path>,
    /// The certificate of the client, and its private key.
    pub identity: Option<(&'a Path, &'a Path)>,
}

/// Returns the way to encrypt connections.
pub(super) fn connector(mode: Encryption, files: Files<'_>) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = match (mode.checks_authority(), files.authorities) {
        (false, _) => None,
        (true, Some(file)) => Some(of_file(file)?),
        (true, None) => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            Some(roots)
        }
    };
    let inner = roots.map(|roots| {
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()
    });
    let inner = inner.transpose().map_err(|error| failed(&error.to_string()))?;
    let verifier = Arc::new(Verifier { mode, inner, provider: Arc::clone(&provider) });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match files.identity {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            config.with_client_auth_cert(certificates(certificate)?, private_key(key)?).map_err(|error| {
                failed(&format!("the certificate in {} cannot be used: {error}", certificate.display()))
            })?
        }
    };
    Ok(MakeRustlsConnect::new(config))
}

fn of_file(file: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| unreadable("certificates", file, &error))?;
    }
    Ok(roots)
}

/// Returns the certificates in a file, which has at least one.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let unreadable = |error: &dyn Display| unreadable("certificates", file, error);
    let found = CertificateDer::pem_file_iter(file).map_err(|error| unreadable(&error))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| unreadable(&error))?;
    match found.is_empty() {
        true => Err(unreadable(&"there is none in it").into()),
        false => Ok(found),
    }
}

/// Returns the private key in a file, which only its owner may read.
fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>> {
    let unreadable = |error: &dyn Display| unreadable("private key", file, error);
    let mode = fs::metadata(file).map_err(|error| unreadable(&error))?.mode();
    if mode & 0o077 != 0 {
        return Err(unreadable(&"other users may read it, too; give it the mode 0600").into());
    }
    Ok(PrivateKeyDer::from_pem_file(file).map_err(|error| unreadable(&error))?)
}

fn unreadable(what: &str, file: &Path, error: &dyn Display) -> StoreError {
    failed(&format!("the {what} in {} cannot be read: {error}", file.display()))
}

fn failed(detail: &str) -> StoreError {
    StoreError::Engine { detail: detail.to_owned() }
}

/// Verifies the server's certificate as far as the mode demands.
#[derive(Debug)]
struct Verifier {
    mode: Encryption,
    /// `None` if any certificate is accepted.
    inner: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let Some(inner) = &self.inner else { return Ok(ServerCertVerified::assertion()) };
        match inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The authority is checked before the name.
            Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.mode == Encryption::VerifyCa => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
