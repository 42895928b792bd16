//! Passwords and encryption.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::thread;

use ramax::console::Headless;
use ramax::engines::postgres::DatabaseUrl;
use ramax::{Apps, OpenOptions, Store};
use tempfile::TempDir;

use crate::console::screen;
use crate::server::{Server, give_to_servers};

/// The password of every test here.
const PASSWORD: &str = "marker-5f2c";

/// A server on the network, which asks for a password and has a certificate for the name `localhost`.
struct Guarded {
    server: Server,
    port: u16,
    certificate: String,
    /// The certificate and the key of the user `certified`, whom the server knows by nothing else.
    identity: [String; 2],
    _directory: TempDir,
}

fn openssl(directory: &TempDir, words: &str) {
    let made = Command::new("openssl").args(words.split(' ')).current_dir(directory).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn guarded() -> &'static Guarded {
    static GUARDED: OnceLock<Guarded> = OnceLock::new();
    GUARDED.get_or_init(|| {
        let directory = TempDir::new().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let [key, certificate] =
            ["server.key", "server.crt"].map(|name| directory.path().join(name).to_str().unwrap().to_owned());
        let new = "-new -nodes -newkey rsa:2048";
        for words in [
            &format!(
                "req {new} -x509 -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost
                 -addext basicConstraints=critical,CA:FALSE -keyout server.key -out server.crt"
            ),
            &format!("req {new} -x509 -days 2 -subj /CN=authority -keyout authority.key -out authority.crt"),
            &format!("req {new} -subj /CN=certified -keyout client.key -out client.csr"),
            "x509 -req -in client.csr -CA authority.crt -CAkey authority.key -CAcreateserial -days 2
             -extfile extensions -out client.crt",
        ] {
            fs::write(directory.path().join("extensions"), "basicConstraints=CA:FALSE").unwrap();
            openssl(&directory, &words.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        give_to_servers(Path::new(&key));
        let [identity, identity_key, authority, rules] =
            ["client.crt", "client.key", "authority.crt", "rules"]
                .map(|name| directory.path().join(name).to_str().unwrap().to_owned());
        let lines =
            ["local all all trust", "hostssl all certified all cert", "host all all all scram-sha-256"];
        fs::write(&rules, lines.join("\n")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Server::start(&[
            "ssl=on",
            &format!("ssl_cert_file={certificate}"),
            &format!("ssl_key_file={key}"),
            &format!("ssl_ca_file={authority}"),
            &format!("hba_file={rules}"),
            "listen_addresses=127.0.0.1",
            &format!("port={port}"),
        ]);
        server.administer(&format!(
            "ALTER ROLE ramax PASSWORD '{PASSWORD}'; CREATE ROLE certified LOGIN SUPERUSER"
        ));
        Guarded { server, port, certificate, identity: [identity, identity_key], _directory: directory }
    })
}

impl Guarded {
    /// Returns the address of a new store over the network, with this password and these parameters.
    fn address(&self, host: &str, password: &str, parameters: &str) -> String {
        let name = self.server.new_name();
        let own = name.split_once('?').unwrap().1;
        let user = if password.is_empty() { "ramax".to_owned() } else { format!("ramax:{password}") };
        format!("postgres://{user}@{host}:{}/postgres?{own}{parameters}", self.port)
    }

    /// Returns true if the connections of a store are encrypted.
    fn is_encrypted(&self, url: &DatabaseUrl) -> bool {
        let sql = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = $1";
        self.server.connect().query_one(sql, &[&url.schema()]).unwrap().get(0)
    }
}

#[test]
fn a_server_without_encryption_is_named_with_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Refuses to encrypt each connection.
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let _ = connection.read_exact(&mut [0; 8]);
            let _ = connection.write_all(b"N");
        }
    });
    for mode in ["require", "verify-ca", "verify-full"] {
        let url = format!("postgres://ramax@{address}/postgres?sslmode={mode}");
        let refused = Store::connect(&url.parse().unwrap(), OpenOptions::default()).err().unwrap();
        let hint = refused.hint().unwrap();
        assert!(refused.to_string().contains("does not encrypt connections"), "{refused}");
        assert!(hint.contains("turn ssl on") && hint.contains("sslmode=prefer"), "{hint}");
    }
}

#[test]
fn a_connection_is_encrypted_and_checked_as_sslmode_says() {
    let guarded = guarded();
    let root = format!("&sslrootcert={}", guarded.certificate.replace('/', "%2F"));
    for (host, parameters, encrypted) in [
        ("localhost", "&sslmode=disable", Some(false)),
        ("localhost", "", Some(true)),
        ("localhost", "&sslmode=prefer", Some(true)),
        ("localhost", "&sslmode=require", Some(true)),
        ("localhost", "&sslmode=verify-ca", None),
        ("localhost", "&sslmode=verify-full", None),
        ("localhost", &format!("&sslmode=verify-full{root}"), Some(true)),
        ("127.0.0.1", &format!("&sslmode=verify-ca{root}"), Some(true)),
        ("127.0.0.1", &format!("&sslmode=verify-full{root}"), None),
    ] {
        let url: DatabaseUrl = guarded.address(host, PASSWORD, parameters).parse().unwrap();
        let store = Store::connect_or_create(&url, OpenOptions::default());
        match (store, encrypted) {
            (Ok(_store), Some(encrypted)) => {
                assert_eq!(guarded.is_encrypted(&url), encrypted, "{host} {parameters}");
            }
            (Err(error), None) => {
                // It stays so, and is not waited for as for a server that is away.
                assert_eq!(error.kind(), "server", "{error}");
                let reason = error.to_string();
                let why = if parameters.contains("root") { "another host" } else { "no trusted authority" };
                assert!(reason.contains("certificate is not accepted: ") && reason.contains(why), "{reason}");
                assert!(error.hint().unwrap().contains("sslrootcert"), "{reason}");
            }
            (store, _) => panic!("{host} {parameters}: {:?}", store.err()),
        }
    }
    for parameters in ["&sslmode=sometimes", "&sslmode=verify-full&sslrootcert=/missing.pem"] {
        let opened = guarded.address("localhost", PASSWORD, parameters).parse::<DatabaseUrl>();
        let refused =
            opened.and_then(|url| Store::connect_or_create(&url, OpenOptions::default())).err().unwrap();
        assert!(refused.kind() == "server" && !refused.to_string().contains(PASSWORD), "{refused}");
    }
}

#[test]
fn a_client_is_known_by_its_certificate() {
    let guarded = guarded();
    let open = |parameters: &str| {
        let name = guarded.address("localhost", "", parameters).replace("ramax@", "certified@");
        Store::connect_or_create(&name.parse().unwrap(), OpenOptions::default()).map(drop)
    };
    let [certificate, key] = &guarded.identity;
    let parameters = format!("&sslcert={certificate}&sslkey={key}").replace('/', "%2F");
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
    open(&parameters).unwrap();
    let without = open("").unwrap_err();
    assert!(without.to_string().contains("client certificate"), "{without}");
    fs::set_permissions(key, fs::Permissions::from_mode(0o644)).unwrap();
    let readable = open(&parameters).unwrap_err();
    assert!(readable.to_string().contains("other users may read it"), "{readable}");
}

/// Runs the program with these variables.
fn run(home: &Path, variables: &[(&str, &str)], words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ramax"))
        .args(words.split(' '))
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn text(ran: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
}

#[test]
fn a_password_comes_from_a_variable_a_service_or_the_file_of_passwords() {
    let (guarded, home) = (guarded(), TempDir::new().unwrap());
    let address = guarded.address("localhost", "", "");
    let create = |variables: &[(&str, &str)], words: &str| {
        let ran = run(home.path(), variables, words);
        (ran.status.success(), text(&ran))
    };
    let database = ("RAMAX_DB", address.as_str());
    let (is_done, without) = create(&[database], "spaces create crm_none");
    assert!(!is_done && without.contains("password"), "{without}");
    assert!(create(&[database, ("PGPASSWORD", PASSWORD)], "spaces create crm_variable").0);
    let file = home.path().join(".pgpass");
    fs::write(&file, format!("localhost:{}:*:ramax:{PASSWORD}\n", guarded.port)).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let (is_done, open) = create(&[database], "spaces create crm_file");
    assert!(!is_done && open.contains("0600") && !open.contains(PASSWORD), "{open}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(create(&[database], "spaces create crm_file").0);
    fs::remove_file(&file).unwrap();
    let service = format!(
        "[tenants]\nhost=localhost\nport={}\nuser=ramax\ndbname=postgres\npassword={PASSWORD}\n",
        guarded.port
    );
    fs::write(home.path().join(".pg_service.conf"), service).unwrap();
    let schema = address.split("schema=").nth(1).unwrap().split('&').next().unwrap();
    let short = format!("postgres:///?schema={schema}");
    let (is_done, listed) = create(&[("RAMAX_DB", &short), ("PGSERVICE", "tenants")], "spaces list");
    assert!(is_done, "{listed}");
    for name in ["crm_variable", "crm_file"] {
        assert!(listed.contains(name), "{listed}");
    }
}

/// Returns the contents of all files below a directory.
fn contents(directory: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => all += &contents(&entry.path()),
            false => all += &String::from_utf8_lossy(&fs::read(entry.path()).unwrap()),
        }
    }
    all
}

#[test]
fn a_password_appears_on_no_surface() {
    let (guarded, home) = (guarded(), TempDir::new().unwrap());
    let address = guarded.address("localhost", PASSWORD, "");
    let wrong = address.replace(PASSWORD, &format!("{PASSWORD}-wrong"));
    let missing = address.replace("/postgres?", "/missing?");
    let unreachable = address.replace(&format!(":{}/", guarded.port), ":1/");
    let malformed = address.replace("?schema", "?sslmode=sometimes&schema");
    let log = home.path().join("trace.log");
    let mut shown = String::new();
    for words in [
        "spaces create crm_acme",
        "run crm_acme add-contact contact_id=c1 name=Ada email=ada@acme.example",
        "run crm_acme add-contact contact_id=c1 name=Ada email=ada@acme.example",
        "rebuild crm_acme",
        "verify crm_acme",
        "check",
        "backup copy.db",
        "export crm_acme -o acme.jsonl",
        "log",
        "--json log",
        "--json spaces list",
        "--plain",
        "spaces delete crm_acme --confirm crm_acme --purge",
        "spaces delete nothing --confirm nothing",
    ] {
        for database in [&address, &wrong, &missing, &unreachable, &malformed] {
            let words = format!("--log {} {words}", log.display());
            shown += &text(&run(home.path(), &[("RAMAX_DB", database)], &words));
        }
    }
    // On the command line, where only `ps` shows it.
    let named = run(home.path(), &[], &format!("--db {address} spaces list"));
    assert!(text(&named).contains("other users of this machine"), "{}", text(&named));
    shown += &text(&named);
    assert!(shown.contains("postgres://ramax@localhost"), "{shown}");
    let schema = address.split("schema=").nth(1).unwrap().split('&').next().unwrap();
    let sql = format!("SELECT string_agg(entry::text, ' ') FROM {schema}.operations AS entry");
    let audited: String = guarded.server.connect().query_one(&sql, &[]).unwrap().get(0);
    assert!(audited.contains("rebuild"), "{audited}");
    for (surface, text) in [("output", shown), ("audit log", audited), ("files", contents(home.path()))] {
        let at = text.find(PASSWORD).map(|at| text[at.saturating_sub(200)..at].to_owned());
        assert_eq!(at, None, "{surface}");
    }
}

#[test]
fn an_address_in_the_place_of_a_file_or_a_name_is_shown_without_its_password() {
    let home = TempDir::new().unwrap();
    let database = [("RAMAX_DB", "store.db")];
    assert!(run(home.path(), &database, "spaces create crm_acme").status.success());
    let lines = [
        "--db URL demo",
        "--db URL spaces list",
        "--log trace.log import URL",
        "export crm_acme -o URL",
        "spaces list URL surplus",
        "--db URL --json demo",
        "URL --db URL spaces list",
        "--projections URL spaces list",
        "--log URL spaces list",
        "--log trace.log import --ramax URL",
        "backup URL",
        "run crm_acme --batch URL",
        "run crm_acme URL",
        "spaces show URL",
        "verify URL",
        "run URL add-contact contact_id=c1",
        "spaces delete crm_acme --confirm crm_acme --archive URL",
        "--json spaces list URL surplus",
        "URL URL",
        "spaces URL",
        "log",
        "--json log",
    ];
    let mut shown = String::new();
    let mut see = |words: &str, address: &str| {
        let text = text(&run(home.path(), &database, &words.replace("URL", address)));
        assert_eq!(text.find(PASSWORD), None, "{words}: {text}");
        let is_warned = text.contains("other users of this machine");
        assert!(is_warned || !words.starts_with("--db"), "{words}: {text}");
        shown += &text;
    };
    for words in lines {
        see(words, &format!("postgres://ro:{PASSWORD}@host.invalid/db"));
    }
    for address in [
        format!("postgres://ro:Pa@{PASSWORD}@host.invalid/db"),
        format!("postgres://ro:Pa/{PASSWORD}@host.invalid"),
        format!("postgres://ro:Pa@b/{PASSWORD}@host.invalid/db"),
        format!("PostgreSQL://ro:{PASSWORD}@host.invalid/db"),
        format!("postgres:/ro:{PASSWORD}@host.invalid/db"),
        format!("postgres://host.invalid/db?user=ro&password={PASSWORD}"),
    ] {
        lines[..5].iter().for_each(|words| see(words, &address));
    }
    assert!(shown.contains("postgres://ro@host.invalid/db"), "{shown}");
    assert_eq!(contents(home.path()).find(PASSWORD), None);
}

#[test]
fn a_text_that_is_almost_an_address_becomes_no_file() {
    let home = TempDir::new().unwrap();
    for database in [
        format!("postgres:ro:{PASSWORD}@host.invalid"),
        format!("postgres//ro:{PASSWORD}@host.invalid/db"),
        format!("ro:{PASSWORD}@host.invalid"),
        format!("host=host.invalid user=ro password={PASSWORD} dbname=db"),
    ] {
        for words in ["spaces create crm_acme", "--plain", "check"] {
            let ran = run(home.path(), &[("RAMAX_DB", &database)], words);
            let said = text(&ran);
            assert!(said.contains("postgres://USER@HOST") && !said.contains(PASSWORD), "{said}");
            assert_eq!(ran.status.code(), Some(2));
        }
    }
    let names = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    assert!(!names.iter().any(|name| name.contains(PASSWORD) || name == "postgres"), "{names:?}");
    assert_eq!(contents(home.path()).find(PASSWORD), None);
    let ran = run(home.path(), &[("RAMAX_DB", "./a:b@c.db")], "spaces create crm_acme");
    assert!(ran.status.success() && home.path().join("a:b@c.db").exists(), "{}", text(&ran));
}

#[test]
fn the_console_opens_no_address_and_shows_no_password_of_it() {
    let directory = TempDir::new().unwrap();
    let mut console = Headless::new(Store::memory(), Apps::standard(), 200, 50).within(directory.path());
    console.press(&format!("<ctrl-o>postgres://ro:Pa@{PASSWORD}@host.invalid/db<enter>")).unwrap();
    let notice = console.state().notice.clone().unwrap().text;
    assert!(notice.contains("postgres://ro@host.invalid/db"), "{notice}");
    // The palette still shows what was typed.
    console.press("<esc>@").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("postgres://ro@host.invalid/db") && !shown.contains(PASSWORD), "{shown}");
}

#[test]
fn the_console_never_shows_the_password() {
    let url: DatabaseUrl = guarded().address("localhost", PASSWORD, "").parse().unwrap();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let mut console = Headless::new(store, Apps::standard(), 200, 50);
    for keys in ["", "ccrm_acme<ctrl-s>", "L", "<esc>?", "<esc>K", "<enter>5"] {
        console.press(keys).unwrap();
        let shown = screen(&console);
        assert!(!shown.contains(PASSWORD), "{keys}: {shown}");
    }
    assert!(screen(&console).contains("ramax@localhost"), "{}", screen(&console));
}
