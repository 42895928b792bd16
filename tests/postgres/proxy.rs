//! A proxy before the server, which cuts a connection at a chosen statement.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// When a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before the server receives the statement.
    Before,
    /// After the server has run it, and before its answer arrives.
    After,
}

/// A running proxy.
pub struct Proxy {
    pub address: SocketAddr,
    plan: Arc<Plan>,
}

#[derive(Default)]
struct Plan {
    /// The socket to which new connections lead instead.
    elsewhere: Mutex<Option<PathBuf>>,
    /// The number of statements up to the one at which a connection is cut; none if it is not positive.
    left: AtomicI64,
    is_after: AtomicBool,
    /// True if only commits count.
    at_commits: AtomicBool,
    was_cut: AtomicBool,
    /// True if the server cannot be reached after the cut.
    then_refuses: AtomicBool,
    refuses: AtomicBool,
    /// The number of connections that were refused.
    refused: AtomicI64,
    /// The number of statements so far.
    statements: AtomicI64,
}

impl Proxy {
    /// Starts a proxy before the server with this socket.
    pub fn start(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let plan = Arc::<Plan>::default();
        let (its_plan, socket) = (Arc::clone(&plan), socket.to_owned());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let plan = Arc::clone(&its_plan);
                let socket = plan.elsewhere.lock().unwrap().clone().unwrap_or_else(|| socket.clone());
                thread::spawn(move || forward(client, &socket, &plan));
            }
        });
        Self { address, plan }
    }

    /// Cuts the connection at the `statement`-th statement from now, the first being 1.
    pub fn cut_at(&self, statement: i64, cut: Cut) {
        self.plan.at_commits.store(false, Ordering::SeqCst);
        self.cut(statement, cut);
    }

    /// Cuts the connection at the next `COMMIT`.
    pub fn cut_at_commit(&self, cut: Cut) {
        self.cut_at_nth_commit(1, cut);
    }

    /// Cuts the connection at the `number`-th `COMMIT` from now, the first being 1.
    pub fn cut_at_nth_commit(&self, number: i64, cut: Cut) {
        self.plan.at_commits.store(true, Ordering::SeqCst);
        self.cut(number, cut);
    }

    fn cut(&self, statement: i64, cut: Cut) {
        self.plan.was_cut.store(false, Ordering::SeqCst);
        self.plan.is_after.store(cut == Cut::After, Ordering::SeqCst);
        self.plan.left.store(statement, Ordering::SeqCst);
    }

    /// Lets no other connection be made after the cut, until it is called with `false`.
    pub fn refuse_after_cut(&self, refuses: bool) {
        self.plan.then_refuses.store(refuses, Ordering::SeqCst);
        self.plan.refuses.store(false, Ordering::SeqCst);
    }

    /// Lets no other connection be made from now on.
    pub fn refuse_now(&self) {
        self.plan.refused.store(0, Ordering::SeqCst);
        self.plan.refuses.store(true, Ordering::SeqCst);
    }

    /// Leads new connections to another server.
    pub fn redirect(&self, socket: &Path) {
        *self.plan.elsewhere.lock().unwrap() = Some(socket.to_owned());
    }

    /// Waits until a connection was refused.
    pub fn await_refusal(&self) {
        while self.plan.refused.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
    }

    /// Returns the number of statements so far, each a round trip.
    pub fn statements(&self) -> i64 {
        self.plan.statements.load(Ordering::SeqCst)
    }

    /// Returns true if a connection was cut since it was asked for. Otherwise there were fewer statements, and none is cut.
    pub fn was_cut(&self) -> bool {
        self.plan.left.store(0, Ordering::SeqCst);
        self.plan.was_cut.load(Ordering::SeqCst)
    }
}

impl Plan {
    /// Counts a statement. Returns the cut that is due.
    fn count(&self, is_commit: bool) -> Option<Cut> {
        self.statements.fetch_add(1, Ordering::SeqCst);
        if self.at_commits.load(Ordering::SeqCst) && !is_commit {
            return None;
        }
        if self.left.load(Ordering::SeqCst) <= 0 || self.left.fetch_sub(1, Ordering::SeqCst) != 1 {
            return None;
        }
        self.refuses.store(self.then_refuses.load(Ordering::SeqCst), Ordering::SeqCst);
        self.was_cut.store(true, Ordering::SeqCst);
        Some(if self.is_after.load(Ordering::SeqCst) { Cut::After } else { Cut::Before })
    }
}

/// Forwards a connection in both directions, message by message.
fn forward(mut client: TcpStream, socket: &PathBuf, plan: &Plan) {
    if plan.refuses.load(Ordering::SeqCst) {
        plan.refused.fetch_add(1, Ordering::SeqCst);
        return;
    }
    // A message is written in parts, which would wait for each other.
    client.set_nodelay(true).unwrap();
    let Ok(mut server) = UnixStream::connect(socket) else { return };
    let is_muted = Arc::new(AtomicBool::new(false));
    let answers = (server.try_clone().unwrap(), client.try_clone().unwrap(), Arc::clone(&is_muted));
    let answering = thread::spawn(move || answer(answers.0, answers.1, &answers.2));
    let is_cut_before = requests(&mut client, &mut server, plan, &is_muted).is_none();
    if is_cut_before || !is_muted.load(Ordering::SeqCst) {
        let _ = server.shutdown(Shutdown::Both);
        let _ = client.shutdown(Shutdown::Both);
    }
    let _ = answering.join();
    let _ = client.shutdown(Shutdown::Both);
}

/// Forwards what the client sends. Returns `None` at the end or at a cut.
fn requests(
    client: &mut TcpStream,
    server: &mut UnixStream,
    plan: &Plan,
    is_muted: &AtomicBool,
) -> Option<()> {
    // The first message has no kind.
    let mut first = [0; 4];
    client.read_exact(&mut first).ok()?;
    server.write_all(&first).ok()?;
    copy(client, server, u32::from_be_bytes(first) - 4)?;
    loop {
        let mut head = [0; 5];
        client.read_exact(&mut head).ok()?;
        let mut body = vec![0; length(&head) as usize - 4];
        client.read_exact(&mut body).ok()?;
        let is_commit = body.windows(6).any(|text| text == b"COMMIT");
        // A statement ends with a `Sync`, or is a message of its own.
        let cut = if matches!(head[0], b'S' | b'Q') { plan.count(is_commit) } else { None };
        match cut {
            Some(Cut::Before) => return None,
            Some(Cut::After) => is_muted.store(true, Ordering::SeqCst),
            None => {}
        }
        server.write_all(&head).ok()?;
        server.write_all(&body).ok()?;
        if cut.is_some() {
            return Some(());
        }
    }
}

/// Forwards what the server sends. Once muted, drops it up to the end of the answer, and then cuts the connection.
fn answer(mut server: UnixStream, mut client: TcpStream, is_muted: &AtomicBool) -> Option<()> {
    loop {
        let mut head = [0; 5];
        server.read_exact(&mut head).ok()?;
        let mut body = vec![0; length(&head) as usize - 4];
        server.read_exact(&mut body).ok()?;
        if is_muted.load(Ordering::SeqCst) {
            if head[0] == b'Z' {
                let _ = client.shutdown(Shutdown::Both);
                let _ = server.shutdown(Shutdown::Both);
                return None;
            }
            continue;
        }
        client.write_all(&head).ok()?;
        client.write_all(&body).ok()?;
    }
}

fn length(head: &[u8; 5]) -> u32 {
    u32::from_be_bytes([head[1], head[2], head[3], head[4]])
}

fn copy(from: &mut TcpStream, to: &mut UnixStream, bytes: u32) -> Option<()> {
    let mut body = vec![0; bytes as usize];
    from.read_exact(&mut body).ok()?;
    to.write_all(&body).ok()
}
