//! The settings file.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use etcetera::base_strategy::{BaseStrategy, Xdg};
use rustix::fs::OFlags;

use crate::console::settings::Settings;
use crate::console::settings::problem::{Problem, SettingsError, Unusable};

/// The largest settings file in bytes. All settings with their comments take a tenth of it.
const MOST_BYTES: u64 = 256 << 10;

impl Settings {
    /// Returns the file that a program reads unless another is named: `$XDG_CONFIG_HOME/ramax/config.toml` for `ramax`. There
    /// is none without a home directory.
    pub fn default_file(program: &str) -> Option<PathBuf> {
        Xdg::new().ok().map(|base| base.config_dir().join(program).join("config.toml"))
    }

    /// Reads the settings of a file.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn read(file: &Path) -> Result<Self, SettingsError> {
        let failed = |reason| SettingsError { file: file.to_owned(), reason };
        let bytes = bytes_of(file).map_err(failed)?;
        let text = str::from_utf8(&bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            failed(Unusable::Wrong(vec![Problem { line, message: "this is not text in UTF-8".to_owned() }]))
        })?;
        Self::parse(text).map_err(|problems| failed(Unusable::Wrong(problems)))
    }
}

/// Reads a regular file. Nothing else is waited for.
fn bytes_of(file: &Path) -> Result<Vec<u8>, Unusable> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Unusable::Missing,
        _ => Unusable::Unreadable(error.to_string()),
    };
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(file).map_err(failed)?;
    let found = opened.metadata().map_err(failed)?;
    if !found.is_file() {
        return Err(Unusable::Unreadable("it is not a regular file".to_owned()));
    }
    let mut bytes = Vec::new();
    opened.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Unusable::Unreadable("it is larger than 256 KiB".to_owned()));
    }
    Ok(bytes)
}
