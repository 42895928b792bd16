//! Compressed terms.

use std::borrow::Cow;

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

use super::VERSION;
use super::error::{TermError, TermFault};
use super::limits::Limits;

/// The tag of a compressed term.
const COMPRESSED: u8 = 80;

/// The bytes before the compressed data: the version, the tag, and the inflated size.
const HEADER: usize = 6;

/// The number of bytes that are inflated at once.
const STEP: usize = 32 << 10;

/// Returns the bytes of a term without the version: as given, or inflated.
pub(super) fn plain<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Cow<'a, [u8]>, TermError> {
    let limit = limits.bytes;
    if bytes.len() > limit {
        return Err(TermFault::TooLarge { limit }.at(limit));
    }
    let Some((&VERSION, term)) = bytes.split_first() else {
        let fault = if bytes.is_empty() { TermFault::CutOff } else { TermFault::NotATerm };
        return Err(fault.at(0));
    };
    let Some((&COMPRESSED, compressed)) = term.split_first() else { return Ok(Cow::Borrowed(term)) };
    let Some((declared, data)) = compressed.split_first_chunk() else {
        return Err(TermFault::CutOff.at(bytes.len()));
    };
    let declared = u32::from_be_bytes(*declared) as usize;
    let inflated = inflated(data, declared.min(limit))?;
    match inflated.len() {
        // One byte more than allowed: the data is larger than it declares, or than the limit.
        found if found > limit || declared > limit => Err(TermFault::TooLarge { limit }.at(found.min(limit))),
        found if found != declared => Err(TermFault::WrongSize { declared, found }.at(found)),
        _ => Ok(Cow::Owned(inflated)),
    }
}

/// Inflates data up to one byte more than `limit`. The buffer grows with the data, not with any declared size.
fn inflated(data: &[u8], limit: usize) -> Result<Vec<u8>, TermError> {
    let mut state = InflateState::new_boxed(DataFormat::Zlib);
    let mut out = Vec::new();
    let mut read = 0;
    loop {
        let start = out.len();
        out.resize(start + STEP.min(limit + 1 - start), 0);
        let result = inflate(&mut state, &data[read..], &mut out[start..], MZFlush::None);
        read += result.bytes_consumed;
        out.truncate(start + result.bytes_written);
        match result.status {
            Ok(MZStatus::StreamEnd) if read == data.len() => return Ok(out),
            Ok(MZStatus::StreamEnd) => {
                return Err(TermFault::TrailingBytes { bytes: data.len() - read }.at(HEADER + read));
            }
            Ok(_) if out.len() > limit => return Ok(out),
            Ok(_) if result.bytes_consumed > 0 || result.bytes_written > 0 => {}
            Ok(_) => return Err(TermFault::CutOff.at(HEADER + read)),
            Err(_) if read == data.len() => return Err(TermFault::CutOff.at(HEADER + read)),
            Err(_) => return Err(TermFault::InvalidZlib.at(HEADER + read)),
        }
    }
}
