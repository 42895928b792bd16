//! A private PostgreSQL server, which ends with the process of the tests.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use ramax::engines::postgres::DatabaseUrl;
use tempfile::TempDir;

/// The server of this process. Each test has a schema of its own.
static SERVER: OnceLock<Server> = OnceLock::new();

/// A running server.
pub struct Server {
    directory: PathBuf,
    /// When it is closed, by any end of this process, the server is stopped and its directory removed.
    _alive: ChildStdin,
    stores: AtomicU32,
}

/// Returns the address of a store that does not exist yet.
pub fn new_address() -> DatabaseUrl {
    new_name().parse().unwrap()
}

/// Returns the same as text.
pub fn new_name() -> String {
    let server = SERVER.get_or_init(Server::start);
    let number = server.stores.fetch_add(1, Ordering::Relaxed);
    format!("{}?schema=test_{number}&application_name=test_{number}", server.address())
}

/// Runs statements as the administrator of the server.
pub fn administer(sql: &str) {
    let address = SERVER.get_or_init(Server::start).address();
    postgres::Client::connect(&address, postgres::NoTls).unwrap().batch_execute(sql).unwrap();
}

impl Server {
    fn start() -> Self {
        let directory = TempDir::new().unwrap().keep();
        let user = rustix::process::getuid().is_root().then(unprivileged);
        let data = directory.join("data");
        if let Some((user, group)) = user {
            chown(&directory, Some(user), Some(group)).unwrap();
        }
        std::fs::set_permissions(&directory, PermissionsExt::from_mode(0o700)).unwrap();
        let as_user = |program: &str| {
            let mut command = Command::new(program);
            command.current_dir("/").env("LC_ALL", "C.UTF-8");
            if let Some((user, group)) = user {
                use std::os::unix::process::CommandExt;
                command.uid(user).gid(group);
            }
            command
        };
        let created = as_user(&tool("initdb"))
            .args([
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--username=ramax",
                "-D",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
        // The shell outlives this process for a moment, even one that was killed: it ends the server when its input ends.
        let script = r#"
            "$1" -D "$2" -k "$3" -c listen_addresses= -c fsync=off -c max_connections=200 -c logging_collector=off \
              -c shared_buffers=32MB >"$3/log" 2>&1 </dev/null &
            cat >/dev/null
            kill -INT $!
            wait $!
            rm -rf "$3""#;
        let mut keeper: Child = as_user("sh")
            .args(["-c", script, "server", &tool("postgres")])
            .args([&data, &directory])
            .stdin(Stdio::piped())
            .process_group_of_its_own()
            .spawn()
            .unwrap();
        let alive = keeper.stdin.take().unwrap();
        let server = Self { directory, _alive: alive, stores: AtomicU32::new(0) };
        server.wait();
        server
    }

    /// Waits until the server answers.
    fn wait(&self) {
        let started = Instant::now();
        while let Err(error) = postgres::Client::connect(&self.address(), postgres::NoTls) {
            let log = || std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            assert!(started.elapsed() < Duration::from_secs(30), "{error}: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn address(&self) -> String {
        let path = self.directory.to_str().unwrap().replace('/', "%2F");
        format!("postgres://ramax@{path}/postgres")
    }
}

trait OwnGroup {
    /// Keeps an interrupt of the tests from the terminal from reaching the server directly.
    fn process_group_of_its_own(&mut self) -> &mut Self;
}

impl OwnGroup for Command {
    fn process_group_of_its_own(&mut self) -> &mut Self {
        use std::os::unix::process::CommandExt;
        self.process_group(0)
    }
}

/// Returns the user and the group of the account `nobody`, since a server refuses to run as root.
fn unprivileged() -> (u32, u32) {
    let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
    (nobody.uid.as_raw(), nobody.gid.as_raw())
}

/// Finds a program of the server: in the path, or where Debian's packages put it.
fn tool(name: &str) -> String {
    let of_path = std::env::var("PATH").unwrap_or_default();
    let in_path = of_path.split(':').map(|directory| Path::new(directory).join(name));
    let of_packages = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<PathBuf> =
        of_packages.map(|version| version.path().join("bin").join(name)).collect();
    installed.sort();
    let found = in_path.chain(installed.into_iter().rev()).find(|path| path.exists());
    let found = found.unwrap_or_else(|| panic!("{name} was not found: install a PostgreSQL server"));
    found.to_str().unwrap().to_owned()
}
