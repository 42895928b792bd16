//! The program in a pty, with its output rendered by a VT100 emulator.

use std::error::Error;
use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use ramax::Location;
use tempfile::TempDir;

/// The longest wait for something to appear.
const PATIENCE: Duration = Duration::from_secs(60);

/// A console on a file.
pub struct Console {
    /// The directory of its memory and settings, in place of those of the user.
    _home: TempDir,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    pub spawned: Instant,
}

struct Seen {
    screen: vt100::Parser,
    bytes: u64,
    /// The time when the last of them arrived.
    at: Instant,
}

impl Console {
    pub fn open(files: &Location, columns: u16, rows: u16) -> Result<Self, Box<dyn Error>> {
        let pty =
            native_pty_system().openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })?;
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_ramax"));
        command.arg(&files.database);
        if let Some(projections) = &files.projections {
            command.arg("--projections");
            command.arg(projections);
        }
        let home = TempDir::new()?;
        for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME"] {
            command.env(name, home.path());
        }
        command.env("TERM", "xterm-256color");
        let screen = vt100::Parser::new(rows.try_into()?, columns.try_into()?, 0);
        let seen = Arc::new((Mutex::new(Seen { screen, bytes: 0, at: Instant::now() }), Condvar::new()));
        let mut output = pty.master.try_clone_reader()?;
        let input = pty.master.take_writer()?;
        let spawned = Instant::now();
        let child = pty.slave.spawn_command(command)?;
        let shown = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut bytes = [0; 1 << 16];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                let at = Instant::now();
                let mut seen = shown.0.lock().unwrap_or_else(PoisonError::into_inner);
                seen.screen.process(&bytes[..count]);
                seen.bytes += count as u64;
                seen.at = at;
                shown.1.notify_all();
            }
        });
        Ok(Self { _home: home, input, child, seen, spawned })
    }

    pub fn pid(&self) -> Result<u32, Box<dyn Error>> {
        self.child.process_id().ok_or_else(|| "the console ended".into())
    }

    pub fn press(&mut self, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        self.input.write_all(bytes)?;
        Ok(self.input.flush()?)
    }

    /// Waits until the screen satisfies a condition. Returns the time when it was first seen.
    pub fn wait(&self, what: &str, is_so: impl Fn(&str) -> bool) -> Result<Instant, Box<dyn Error>> {
        let (seen, changed) = &*self.seen;
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        while !is_so(&seen.screen.screen().contents()) {
            if begun.elapsed() > PATIENCE {
                return Err(format!("never seen: {what}\n{}", seen.screen.screen().contents()).into());
            }
            seen = changed.wait_timeout(seen, PATIENCE).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(seen.at)
    }

    pub fn screen(&self) -> String {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner).screen.screen().contents()
    }

    /// Returns the number of bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
