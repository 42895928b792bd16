//! Private PostgreSQL servers, which end with the process of the tests.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use ramax::engines::postgres::DatabaseUrl;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;

/// The server of this process. Each test has a schema of its own.
static SERVER: OnceLock<Server> = OnceLock::new();

/// The number of stores so far.
static STORES: AtomicU32 = AtomicU32::new(0);

/// A running server.
pub struct Server {
    directory: PathBuf,
    port: u16,
    /// The nodes with the shards, if it is the coordinator of a cluster.
    workers: Vec<Self>,
    /// When its input is closed, by any end of this process, the server is stopped and its directory removed.
    _keeper: Child,
}

/// Returns the address of a store that does not exist yet.
pub fn new_address() -> DatabaseUrl {
    new_name().parse().unwrap()
}

/// Returns the same as text.
pub fn new_name() -> String {
    shared().new_name()
}

/// Returns the server that tests share.
pub fn shared() -> &'static Server {
    SERVER.get_or_init(|| if is_sharded() { Server::start_cluster(&[]) } else { Server::start(&[]) })
}

/// Returns a server that is not the coordinator of a cluster, for tests of what only such a server has: tables of version 1,
/// which had no shards, counts of what its own tables were asked, and a replica.
pub fn unsharded() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    if is_sharded() { SERVER.get_or_init(|| Server::start(&[])) } else { shared() }
}

/// Returns true if the tests use the coordinator of a Citus cluster, so that their tables are sharded.
pub fn is_sharded() -> bool {
    std::env::var_os(SHARDED).is_some()
}

/// The environment variable that says so.
pub const SHARDED: &str = "RAMAX_TEST_CITUS";

/// The settings of every node of a cluster. A lost commit is repaired soon, and tests add triggers.
const OF_NODES: [&str; 5] = [
    "shared_preload_libraries=citus",
    "citus.shard_count=2",
    "citus.node_conninfo=sslmode=disable",
    "citus.recover_2pc_interval=500",
    "citus.enable_unsafe_triggers=on",
];

/// Runs statements as the administrator of the server that tests share.
pub fn administer(sql: &str) {
    shared().administer(sql);
}

/// Runs the server while the file `run` exists, and ends it when the input ends.
const KEEPER: &str = r#"
directory=$1; server=$2; shift 2
while [ -d "$directory/data" ]; do
    if [ -e "$directory/run" ]; then
        "$server" -D "$directory/data" -k "$directory" "$@" >>"$directory/log" 2>&1 </dev/null
    fi
    sleep 0.02
done &
loop=$!
cat >/dev/null
rm -f "$directory/run"
[ -e "$directory/data/postmaster.pid" ] && kill -INT "$(head -1 "$directory/data/postmaster.pid")"
# The server may still write a file.
until rm -rf "$directory"; do sleep 0.02; done
wait $loop
rm -rf "$directory""#;

impl Server {
    /// Starts a server with these settings, each in the form `name=value`.
    pub fn start(settings: &[&str]) -> Self {
        let server = Self::prepare(settings, None);
        server.revive();
        server
    }

    /// Starts a replica of this server, which only reads.
    pub fn replica(&self) -> Self {
        let replica = Self::prepare(&[], Some(self));
        replica.revive();
        replica
    }

    /// Returns true if the Citus extension is installed.
    pub fn has_citus(&self) -> bool {
        let sql = "SELECT 1 FROM pg_available_extensions WHERE name = 'citus'";
        self.connect().query_opt(sql, &[]).unwrap().is_some()
    }

    /// Starts a Citus cluster: a coordinator and two workers, which talk over their sockets.
    pub fn start_cluster(settings: &[&str]) -> Self {
        let settings: Vec<&str> = OF_NODES.iter().chain(settings).copied().collect();
        let mut coordinator = Self::start(&settings);
        coordinator.workers = (0..2).map(|_| Self::start(&settings)).collect();
        let name = |server: &Self| format!("'{}', {}", server.directory.display(), server.port);
        for server in coordinator.workers.iter().chain([&coordinator]) {
            server.administer("CREATE EXTENSION citus");
        }
        coordinator.administer(&format!("SELECT citus_set_coordinator_host({})", name(&coordinator)));
        for worker in &coordinator.workers {
            coordinator.administer(&format!("SELECT citus_add_node({})", name(worker)));
        }
        coordinator
    }

    /// Returns the nodes with the shards.
    pub fn workers(&self) -> &[Self] {
        &self.workers
    }

    fn prepare(settings: &[&str], original: Option<&Self>) -> Self {
        let directory = TempDir::new().unwrap().keep();
        let user = rustix::process::getuid().is_root().then(unprivileged);
        if let Some((user, group)) = user {
            chown(&directory, Some(user), Some(group)).unwrap();
        }
        fs::set_permissions(&directory, PermissionsExt::from_mode(0o700)).unwrap();
        let as_user = |program: &str| {
            let mut command = Command::new(program);
            command.current_dir("/").env("LC_ALL", "C.UTF-8");
            if let Some((user, group)) = user {
                command.uid(user).gid(group);
            }
            command
        };
        let mut create = as_user(&tool(if original.is_none() { "initdb" } else { "pg_basebackup" }));
        match original {
            // Passwords are asked for only over the network.
            None => create
                .args(["--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8"])
                .arg("--locale=C.UTF-8"),
            Some(original) => create
                .args(["--write-recovery-conf", "--checkpoint=fast", "--host"])
                .arg(&original.directory)
                .arg(format!("--port={}", original.port)),
        };
        create.args(["--no-sync", "--username=ramax", "-D"]).arg(directory.join("data"));
        let created = create.output().unwrap();
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
        let settings_port = settings.iter().find_map(|setting| setting.strip_prefix("port=")?.parse().ok());
        let common = ["fsync=off", "max_connections=200", "logging_collector=off", "shared_buffers=32MB"];
        let addresses = if settings.iter().any(|setting| setting.starts_with("listen_addresses=")) {
            None
        } else {
            Some("listen_addresses=")
        };
        let settings = common.iter().chain(settings).copied().chain(addresses);
        // The shell outlives this process for a moment, even one that was killed.
        let keeper = as_user("sh")
            .args(["-c", KEEPER, "server"])
            .arg(&directory)
            .arg(tool("postgres"))
            .args(settings.flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::piped())
            // Keeps an interrupt of the tests from the terminal from reaching the server directly.
            .process_group(0)
            .spawn()
            .unwrap();
        let port = settings_port.unwrap_or(5432);
        Self { directory, port, workers: Vec::new(), _keeper: keeper }
    }

    /// Starts the server again, and waits until it answers.
    pub fn revive(&self) {
        fs::write(self.directory.join("run"), "").unwrap();
        let started = Instant::now();
        while let Err(error) = Client::connect(&self.address(), NoTls) {
            let log = || fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            assert!(started.elapsed() < Duration::from_secs(30), "{error}: {}", log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the server: `SIGINT` as an administrator does, `SIGQUIT` as a crash.
    pub fn end(&self, signal: Signal) {
        let id = self.id();
        fs::remove_file(self.directory.join("run")).unwrap();
        kill_process(id, signal).unwrap();
        while test_kill_process(id).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Returns the id of the server's first process.
    pub fn id(&self) -> Pid {
        let id = fs::read_to_string(self.directory.join("data/postmaster.pid")).unwrap();
        Pid::from_raw(id.lines().next().unwrap().parse().unwrap()).unwrap()
    }

    /// Returns the address of a store that does not exist yet.
    pub fn new_name(&self) -> String {
        let number = STORES.fetch_add(1, Ordering::Relaxed);
        format!("{}?schema=test_{number}&application_name=test_{number}", self.address())
    }

    /// Runs statements as the administrator.
    pub fn administer(&self, sql: &str) {
        self.connect().batch_execute(sql).unwrap();
    }

    /// Connects as the administrator.
    pub fn connect(&self) -> Client {
        Client::connect(&self.address(), NoTls).unwrap()
    }

    /// Returns the directory of the socket.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns the socket.
    pub fn socket(&self) -> PathBuf {
        self.directory.join(format!(".s.PGSQL.{}", self.port))
    }

    fn address(&self) -> String {
        let path = self.directory.to_str().unwrap().replace('/', "%2F");
        format!("postgres://ramax@{path}:{}/postgres", self.port)
    }
}

/// Gives a file to the user of the servers.
pub fn give_to_servers(file: &Path) {
    if rustix::process::getuid().is_root() {
        let (user, group) = unprivileged();
        chown(file, Some(user), Some(group)).unwrap();
    }
}

/// Returns the user and the group of the account `nobody`, since a server refuses to run as root.
fn unprivileged() -> (u32, u32) {
    let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
    (nobody.uid.as_raw(), nobody.gid.as_raw())
}

/// Finds a program of the server: in the path, or where Debian's packages put it.
pub fn tool(name: &str) -> String {
    let of_path = std::env::var("PATH").unwrap_or_default();
    let in_path = of_path.split(':').map(|directory| Path::new(directory).join(name));
    let of_packages = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<PathBuf> =
        of_packages.map(|version| version.path().join("bin").join(name)).collect();
    installed.sort();
    let found = in_path.chain(installed.into_iter().rev()).find(|path| path.exists());
    let found = found.unwrap_or_else(|| panic!("{name} was not found: install a PostgreSQL server"));
    found.to_str().unwrap().to_owned()
}
