//! Opens connections.

use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use postgres::{NoTls, SimpleQueryMessage};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{Error, OpenError, ServerObstacle, StoreError};
use crate::sqlite::{OpenOptions, Stop, Sync};

use super::client::{Client, Halt, Task};
use super::encryption::{self, Encryption};
use super::session::Backend;
use super::silence::{PROBE, Silence};
use super::watch::{self, Watch};
use super::{DatabaseUrl, Failure, Result, Session, failure, milliseconds};

/// How long each address of a host has to accept a connection and to let the user in, and a server to show that it is there while
/// a statement runs, unless `connect_timeout` says otherwise.
const LONGEST: Duration = Duration::from_secs(10);

/// How long the network may take to deliver what was sent, and how long a connection is idle before it is probed. A server whose
/// machine is gone says nothing.
const UNDELIVERED: Duration = Duration::from_secs(30);

/// The time between two probes of an idle connection, and their number.
const PROBES: (Duration, u32) = (Duration::from_secs(10), 3);

/// The idle time that the client's library waits for by default.
const LIBRARY_IDLE: Duration = Duration::from_secs(2 * 60 * 60);

/// Every statement that reads rows of a space finds them in their order through an index. Without this, the server would plan to
/// read and sort the whole of a table of which it has no statistics yet, because it believes that the table is small.
const PLANS: &str = "SET enable_seqscan TO off; SET enable_sort TO off; SET jit TO off";

/// Connects, and sets the session up. `stop` ends the waits for the server, and cancels its statements. A server that has just
/// shown its `silence` has only a moment to answer.
///
/// # Errors
/// [`OpenError::Unreachable`] or [`OpenError::Server`] with what each of the addresses says.
pub(super) fn connect(
    url: &DatabaseUrl,
    options: &OpenOptions,
    stop: &Stop,
    silence: &Silence,
) -> Result<Session> {
    stop.check_asked()?;
    let usual = url.config().get_connect_timeout().copied().unwrap_or(LONGEST);
    let earlier = silence.just_now();
    let longest = if earlier.is_some() { usual.min(PROBE) } else { usual };
    let halt = Halt::default();
    let asked = halt.clone();
    let binding = stop.bind(move || asked.ask());
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| url.unusable(&error.to_string()))?;
    let started = Instant::now();
    let opening = watch::first(open(url, longest), watch::end(stop));
    match runtime.block_on(halt.unless_asked(opening)) {
        Ok(Some(Ok(opened))) => {
            silence.ends();
            // Of several hosts, another one may answer.
            let silence = if url.config().get_hosts().len() > 1 { &Silence::default() } else { silence };
            let watch = Watch::new(opened.asks(), usual, (stop, silence));
            let client = opened.driven_by(runtime, (halt, watch));
            Session::new(client, &setup(url, options), binding)
        }
        ended => {
            // A name may still be looked up, which nothing ends.
            runtime.shutdown_background();
            match ended? {
                Some(Err(failure)) => Err(noted(failure, (started.elapsed(), longest), (silence, earlier))),
                // The program has to end, and nothing else would be answered.
                _ => {
                    stop.ask();
                    Err(StoreError::Stopped.into())
                }
            }
        }
    }
}

/// Notes the silence of a server that used its time up without an answer. Returns the failure, with the duration of the first
/// wait.
fn noted(
    failure: Failure,
    (waited, longest): (Duration, Duration),
    (silence, earlier): (&Silence, Option<Duration>),
) -> Failure {
    let is_unreachable = matches!(failure, Failure::Store(Error::Open(OpenError::Unreachable { .. })));
    if !is_unreachable || waited < longest {
        return failure;
    }
    silence.note(waited);
    match earlier {
        Some(waited) => Failure::Unanswered { waited, is_away: true },
        None => failure,
    }
}

/// Returns the statements that set a session up.
fn setup(url: &DatabaseUrl, options: &OpenOptions) -> String {
    let mut setup = format!(
        "{PLANS}; SET search_path TO {}; SET lock_timeout TO {}; SET default_transaction_isolation TO 'read committed';
         SET standard_conforming_strings TO on; SET client_min_messages TO warning",
        url.quoted_schema(),
        milliseconds(options.busy_timeout),
    );
    // Otherwise the server's own setting holds, which may be read-only.
    if options.read_only {
        setup.push_str("; SET default_transaction_read_only TO on");
    }
    if options.sync == Sync::Normal {
        setup.push_str("; SET synchronous_commit TO off");
    }
    setup
}

/// An open connection, and the way to open another one to the same server.
struct Opened {
    config: Config,
    client: tokio_postgres::Client,
    connection: Pin<Box<dyn Future<Output = Result<(), postgres::Error>> + Send>>,
    encryption: Option<MakeRustlsConnect>,
}

impl Opened {
    /// Returns the way to ask its server on another connection.
    fn asks(&self) -> impl Fn(Option<Backend>) -> Task<Result<bool, postgres::Error>> + Send + use<> {
        let (config, encryption) = (self.config.clone(), self.encryption.clone());
        move |backend| {
            let (config, encryption) = (config.clone(), encryption.clone());
            Box::pin(async move { open_one(&config, encryption).await?.finds_waiting(backend).await })
        }
    }

    /// Returns true if the server's process of another connection waits for a statement.
    async fn finds_waiting(self, backend: Option<Backend>) -> Result<bool, postgres::Error> {
        let (Some(backend), Self { client, mut connection, .. }) = (backend, self) else { return Ok(false) };
        let sql = backend.is_waiting();
        let mut asked = pin!(client.simple_query(&sql));
        let is_row = |answer: &SimpleQueryMessage| matches!(answer, SimpleQueryMessage::Row(_));
        poll_fn(|context| {
            if let Poll::Ready(ended) = connection.as_mut().poll(context) {
                return Poll::Ready(ended.map(|()| false));
            }
            asked.as_mut().poll(context).map_ok(|answers| answers.iter().any(is_row))
        })
        .await
    }

    fn driven_by(self, runtime: Runtime, waits: (Halt, Watch)) -> Client {
        let Self { client, connection, encryption, .. } = self;
        let token = client.cancel_token();
        let cancel = move || -> Task {
            let (token, encryption) = (token.clone(), encryption.clone());
            // Without an answer, the statement runs on until the connection is closed.
            Box::pin(async move {
                let _ = match encryption {
                    Some(encryption) => token.cancel_query(encryption).await,
                    None => token.cancel_query(NoTls).await,
                };
            })
        };
        Client::new(runtime, client, connection, cancel, waits)
    }
}

/// Tries the hosts one after the other. Each of their addresses has this long.
async fn open(url: &DatabaseUrl, longest: Duration) -> Result<Opened> {
    let config = complete(url.config());
    let (mode, files) = url.encryption();
    let mut refused = Vec::new();
    for (number, host) in config.get_hosts().iter().enumerate() {
        let encryption = match (mode, host) {
            // A socket of this machine is never encrypted.
            (Encryption::Disable, _) | (_, Host::Unix(_)) => None,
            (mode, Host::Tcp(_)) => Some(encryption::connector(mode, files)?),
        };
        let place = (host, port(&config, number));
        let addresses = match host {
            Host::Unix(_) => vec![None],
            Host::Tcp(name) => match timeout(longest, addresses(name)).await {
                Ok(Ok(addresses)) => addresses.into_iter().map(Some).collect(),
                Ok(Err(error)) => {
                    refused.push(Refusal::temporary(place, error.to_string()));
                    continue;
                }
                Err(_) => {
                    refused.push(Refusal::timed_out(place, "the name was not found", longest));
                    continue;
                }
            },
        };
        for address in addresses {
            let config = with_only(&config, number, host, address);
            match timeout(longest, open_one(&config, encryption.clone())).await {
                Ok(Ok(opened)) => return Ok(opened),
                Ok(Err(error)) => refused.push(Refusal::of(place, &error)),
                Err(_) => refused.push(Refusal::timed_out(place, "the server does not answer", longest)),
            }
        }
    }
    Err(summary(url, &refused).into())
}

/// Returns the parameters with those that make a lost connection noticed.
fn complete(config: &Config) -> Config {
    let mut config = config.clone();
    if config.get_application_name().is_none() {
        config.application_name("ramax");
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNDELIVERED);
    }
    if config.get_keepalives_idle() == LIBRARY_IDLE {
        config.keepalives_idle(UNDELIVERED);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(PROBES.0);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(PROBES.1);
    }
    config
}

/// Returns the addresses of a host, each once.
async fn addresses(name: &str) -> std::io::Result<Vec<IpAddr>> {
    let mut found = Vec::new();
    for address in tokio::net::lookup_host((name, 0)).await? {
        if !found.contains(&address.ip()) {
            found.push(address.ip());
        }
    }
    Ok(found)
}

/// Returns the port of one of the hosts.
fn port(config: &Config, number: usize) -> u16 {
    let ports = config.get_ports();
    ports.get(number).or(ports.first()).copied().unwrap_or(5432)
}

/// Returns the parameters for one of the hosts, and one of its addresses.
fn with_only(config: &Config, number: usize, host: &Host, address: Option<IpAddr>) -> Config {
    let mut only = Config::new();
    match host {
        Host::Tcp(name) => only.host(name),
        Host::Unix(path) => only.host_path(path),
    };
    if let Some(address) = address {
        only.hostaddr(address);
    }
    only.port(port(config, number));
    if let Some(user) = config.get_user() {
        only.user(user);
    }
    if let Some(password) = config.get_password() {
        only.password(password);
    }
    if let Some(name) = config.get_dbname() {
        only.dbname(name);
    }
    if let Some(options) = config.get_options() {
        only.options(options);
    }
    if let Some(name) = config.get_application_name() {
        only.application_name(name);
    }
    if let Some(longest) = config.get_tcp_user_timeout() {
        only.tcp_user_timeout(*longest);
    }
    if let Some(interval) = config.get_keepalives_interval() {
        only.keepalives_interval(interval);
    }
    if let Some(retries) = config.get_keepalives_retries() {
        only.keepalives_retries(retries);
    }
    only.keepalives(config.get_keepalives()).keepalives_idle(config.get_keepalives_idle());
    only.ssl_mode(config.get_ssl_mode()).ssl_negotiation(config.get_ssl_negotiation());
    only.target_session_attrs(config.get_target_session_attrs());
    only.channel_binding(config.get_channel_binding());
    only
}

async fn open_one(config: &Config, encryption: Option<MakeRustlsConnect>) -> Result<Opened, postgres::Error> {
    Ok(match encryption {
        Some(encryption) => {
            let config = config.clone();
            let (client, connection) = config.connect(encryption.clone()).await?;
            Opened { config, client, connection: Box::pin(connection), encryption: Some(encryption) }
        }
        None => {
            let mut config = config.clone();
            let (client, connection) = config.ssl_mode(SslMode::Disable).connect(NoTls).await?;
            Opened { config, client, connection: Box::pin(connection), encryption: None }
        }
    })
}

/// The reason why one address could not be used.
struct Refusal<'a> {
    place: (&'a Host, u16),
    /// True if it may be different in a moment.
    is_temporary: bool,
    reason: String,
    obstacle: ServerObstacle,
}

impl<'a> Refusal<'a> {
    fn of(place: (&'a Host, u16), error: &postgres::Error) -> Self {
        let (is_temporary, obstacle) = (failure::is_away(error), failure::obstacle(error));
        Self { place, is_temporary, reason: failure::in_words(error), obstacle }
    }

    fn temporary(place: (&'a Host, u16), reason: String) -> Self {
        Self { place, is_temporary: true, reason, obstacle: ServerObstacle::Address }
    }

    fn timed_out(place: (&'a Host, u16), what: &str, longest: Duration) -> Self {
        Self::temporary(place, format!("{what} within {} s", longest.as_secs()))
    }

    fn named(&self) -> String {
        match self.place {
            (Host::Tcp(name), port) => format!("{name}:{port}: {}", self.reason),
            (Host::Unix(path), port) => format!("{}:{port}: {}", path.display(), self.reason),
        }
    }
}

/// Returns the error of a database none of whose addresses could be used.
fn summary(url: &DatabaseUrl, refused: &[Refusal<'_>]) -> OpenError {
    let mut reasons: Vec<String> = match refused {
        [only] => vec![only.reason.clone()],
        several => several.iter().map(Refusal::named).collect(),
    };
    reasons.dedup();
    let reason = reasons.join("; ");
    match refused.iter().any(|refused| refused.is_temporary) {
        true => OpenError::Unreachable { database: url.to_string(), reason },
        false => {
            let obstacle = refused.last().map_or(ServerObstacle::Address, |refused| refused.obstacle);
            url.barred(&reason, obstacle)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Accepts connections, and never answers. Returns an address that sets no limit.
    fn silent() -> (TcpListener, DatabaseUrl) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("postgres://ramax@{address}/x?sslmode=disable&connect_timeout=0");
        (listener, url.parse().unwrap())
    }

    #[test]
    fn a_server_that_was_just_silent_has_only_a_moment_to_accept_a_connection() {
        let ((_listener, url), silence) = (silent(), Silence::default());
        silence.note(Duration::from_secs(10));
        let failed = connect(&url, &OpenOptions::default(), &Stop::default(), &silence).err().unwrap();
        let Failure::Unanswered { waited, is_away: true } = failed else { panic!("{failed:?}") };
        assert_eq!(waited, Duration::from_secs(10));
    }

    #[test]
    fn a_program_that_has_to_end_asks_a_silent_server_only_once() {
        let ((_listener, url), stop) = (silent(), Stop::default());
        stop.end_waits();
        let failed = connect(&url, &OpenOptions::default(), &stop, &Silence::default()).err().unwrap();
        assert!(matches!(failed, Failure::Store(Error::Store(StoreError::Stopped))), "{failed:?}");
        assert!(stop.check_asked().is_err());
    }
}
