//! A program in a terminal: a pty with a VT100 emulator on the other side.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::marker::PhantomData;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::fs::OFlags;
use rustix::process::Signal;
use rustix::termios::{InputModes, LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::keys;
use super::vt100::{LAST, Seen, Shared, assert_given_back, shown_size};
use crate::support::program::{HOW_IT_IS_SHOWN, Sandbox};
use crate::support::running::send;

/// Keeps the terminal from becoming the controlling terminal of the tests, which would end with it.
const NOT_OURS: i32 = OFlags::NOCTTY.bits() as i32;
const NON_BLOCKING: i32 = OFlags::NONBLOCK.bits() as i32;

fn open(terminal: &Path, flags: i32) -> File {
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(terminal).unwrap()
}

/// A program to run in a terminal. The directory must outlive it.
pub struct Program<'sandbox> {
    command: CommandBuilder,
    size: (u16, u16),
    non_blocking: bool,
    sandbox: PhantomData<&'sandbox Sandbox>,
}

impl<'sandbox> Program<'sandbox> {
    /// Our program with these arguments.
    pub fn new(sandbox: &'sandbox Sandbox, arguments: &[&str]) -> Self {
        Self::other(sandbox, env!("CARGO_BIN_EXE_ramax"), arguments)
    }

    /// Another program.
    pub fn other(sandbox: &'sandbox Sandbox, program: &str, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(sandbox.directory.path());
        for name in HOW_IT_IS_SHOWN.into_iter().chain(["RAMAX_DB", "ENV"]) {
            command.env_remove(name);
        }
        command.env("XDG_STATE_HOME", sandbox.state_home());
        command.env("XDG_CONFIG_HOME", sandbox.config_home());
        command.env("TERM", "xterm-256color");
        command.env("RUST_BACKTRACE", "0");
        command.env("TMPDIR", sandbox.directory.path());
        Self { command, size: (120, 40), non_blocking: false, sandbox: PhantomData }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Columns and rows.
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// Runs the program without a controlling terminal, so that it receives no signals from it.
    pub fn without_control(mut self) -> Self {
        self.command.set_controlling_tty(false);
        self
    }

    /// Makes the terminal non-blocking, as another program may leave it, and reads it slowly. It is not the
    /// controlling terminal.
    pub fn non_blocking(mut self) -> Self {
        self.non_blocking = true;
        self
    }

    /// Starts the program with separately opened files for the terminal at this path.
    fn spawn_non_blocking(&self, path: &Path) -> std::process::Child {
        let terminal = || open(path, NOT_OURS | NON_BLOCKING);
        let (program, arguments) = self.command.get_argv().split_first().unwrap();
        std::process::Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(self.command.iter_full_env_as_str())
            .current_dir(self.command.get_cwd().unwrap())
            .stdin(terminal())
            .stdout(terminal())
            .stderr(terminal())
            .spawn()
            .unwrap()
    }

    pub fn start(self) -> Terminal<'sandbox> {
        let pty = native_pty_system().openpty(size_of(self.size)).unwrap();
        let path: PathBuf = pty.master.tty_name().unwrap();
        let slave = open(&path, NOT_OURS);
        let before = tcgetattr(&slave).unwrap();
        let mut child: Box<dyn Child + Send + Sync> = match self.non_blocking {
            true => Box::new(self.spawn_non_blocking(&path)),
            false => pty.slave.spawn_command(self.command).unwrap(),
        };
        let pid = child.process_id().unwrap();
        let shared = Arc::new(Shared::new(self.size));
        let at_once = if self.non_blocking { 1 } else { 1 << 14 };
        let (mut output, seen) = (pty.master.try_clone_reader().unwrap(), Arc::clone(&shared));
        let reader = std::thread::spawn(move || seen.read(&mut output, at_once));
        let seen = Arc::clone(&shared);
        std::thread::spawn(move || {
            let ended = child.wait().unwrap();
            seen.change(|seen| seen.ended = Some(ended));
        });
        let input = pty.master.take_writer().unwrap();
        Terminal {
            master: pty.master,
            input,
            path,
            slave,
            before,
            pid,
            shared,
            reader,
            _sandbox: self.sandbox,
        }
    }
}

fn size_of((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

/// A terminal with a running program.
pub struct Terminal<'sandbox> {
    master: Box<dyn MasterPty + Send>,
    input: Box<dyn Write + Send>,
    path: PathBuf,
    slave: File,
    before: Termios,
    pid: u32,
    shared: Arc<Shared>,
    reader: JoinHandle<()>,
    _sandbox: PhantomData<&'sandbox Sandbox>,
}

impl Terminal<'_> {
    /// Sends bytes as a terminal does.
    pub fn send(&mut self, bytes: &[u8]) {
        self.input.write_all(bytes).unwrap();
        self.input.flush().unwrap();
    }

    /// Presses keys: `2jj<enter>`.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        self.send(&keys::bytes(keys));
        self
    }

    /// Pastes text with bracketed paste.
    pub fn paste(&mut self, text: &str) {
        self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes());
    }

    /// Waits until this text is on the screen.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("“{text}” on the screen"), |seen| seen.has(text))
    }

    /// Closes the layer that shows this text with Esc. Nothing else is sent until it is closed, because a key
    /// that follows Esc at once would count as a key with Alt.
    #[track_caller]
    pub fn leave(&mut self, text: &str) -> &mut Self {
        self.wait_for(text).send(b"\x1b");
        self.wait_while(text)
    }

    /// Waits until this text is no longer on the screen.
    #[track_caller]
    pub fn wait_while(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("“{text}” to leave the screen"), |seen| !seen.has(text))
    }

    /// Waits until a condition is true.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, is_so: impl FnMut(&Seen) -> bool) -> &mut Self {
        drop(self.shared.wait(what, is_so));
        self
    }

    /// Returns true if a condition is true now.
    pub fn is(&self, is_so: impl FnOnce(&Seen) -> bool) -> bool {
        self.shared.is(is_so)
    }

    /// Fills the terminal and presses keys, so that the program's output has to wait for room.
    pub fn press_while_full(&mut self, keys: &str) -> &mut Self {
        let mut output = open(&self.path, NOT_OURS | NON_BLOCKING);
        while output.write(&[b'\r'; 64]).is_ok() {}
        self.press(keys)
    }

    /// Resizes the terminal.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.shared.change(|seen| {
            let (rows, columns) = shown_size(columns, rows);
            seen.parser.screen_mut().set_size(rows, columns);
        });
        self.master.resize(size_of((columns, rows))).unwrap();
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) {
        send(signal, self.pid);
    }

    /// Returns true if the terminal has its original modes: lines are edited and keys echoed.
    pub fn is_as_before(&self) -> bool {
        modes(&tcgetattr(&self.slave).unwrap()) == modes(&self.before)
    }

    /// Returns true if keys go to the line editor, and the program receives whole lines.
    pub fn edits_lines(&self) -> bool {
        tcgetattr(&self.slave).unwrap().local_modes.contains(LocalModes::ICANON)
    }

    /// Sets the modes of a shell with its own line editor: it receives each key, and ctrl-c is a signal.
    pub fn edit_lines_as_a_shell(&self) {
        let mut modes = self.before.clone();
        modes.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
        modes.input_modes -= InputModes::ICRNL;
        tcsetattr(&self.slave, OptionalActions::Now, &modes).unwrap();
    }

    /// Returns true if ctrl-c is a signal rather than a key.
    pub fn sends_signals(&self) -> bool {
        tcgetattr(&self.slave).unwrap().local_modes.contains(LocalModes::ISIG)
    }

    /// Waits until the program has ended.
    #[track_caller]
    pub fn end(self) -> Ended {
        let status =
            self.shared.wait("the program's end", |seen| seen.ended.is_some()).ended.clone().unwrap();
        // All output of the program precedes this byte.
        (&self.slave).write_all(&[LAST]).unwrap();
        let as_before = self.is_as_before();
        let seen = self.shared.wait("the end of the output", |seen| seen.closed);
        assert!(as_before, "the terminal was not restored:\n{}", seen.text());
        assert_given_back(&seen);
        let code = if status.signal().is_some() { None } else { Some(status.exit_code()) };
        Ended { code, main_screen: seen.text(), raw: seen.raw.clone() }
    }

    /// Hangs up the terminal, as when its window is closed, and waits until the program has ended.
    #[track_caller]
    pub fn hang_up(self) -> ExitStatus {
        (&self.slave).write_all(&[LAST]).unwrap();
        self.reader.join().unwrap();
        drop((self.input, self.master));
        self.shared.wait("the program's end", |seen| seen.ended.is_some()).ended.clone().unwrap()
    }
}

/// The result of a program that restored its terminal.
#[derive(Debug)]
pub struct Ended {
    /// The exit code, unless a signal ended the program.
    pub code: Option<u32>,
    /// The text on the main screen.
    pub main_screen: String,
    /// Every byte that the program sent.
    pub raw: Vec<u8>,
}

fn modes(termios: &Termios) -> [String; 5] {
    let codes = format!("{:?}", termios.special_codes);
    let modes = (termios.input_modes, termios.output_modes, termios.control_modes, termios.local_modes);
    let (input, output, control, local) = modes;
    [format!("{input:?}"), format!("{output:?}"), format!("{control:?}"), format!("{local:?}"), codes]
}
