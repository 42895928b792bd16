//! The parts of an address that the environment completes, as for the server's own programs: variables such as `PGHOST`, a
//! service file, and a file of passwords.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tokio_postgres::config::Host;

use crate::error::Error;

use super::DatabaseUrl;
use super::url::malformed;

/// The value of an environment variable.
pub(super) type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The parameters that a variable sets.
const VARIABLES: [(&str, &str); 11] = [
    ("PGHOST", "host"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGDATABASE", "dbname"),
    ("PGPASSWORD", "password"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGAPPNAME", "application_name"),
];

/// The directory of a local server's socket.
const SOCKETS: &str = "/var/run/postgresql";

/// Completes an address. The address itself goes first, then its service, the variables, and the file of passwords.
pub(super) fn complete(mut url: DatabaseUrl, variable: Variable<'_>) -> Result<DatabaseUrl, Error> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(service) = url.service().map(str::to_owned).or_else(|| variable("PGSERVICE")) {
        for (name, value) in of_service(&service, &variable)? {
            url.set_missing(&name, &value)
                .map_err(|reason| malformed(&format!("the service {service} {reason}")))?;
        }
    }
    for (name, parameter) in VARIABLES {
        if let Some(value) = variable(name) {
            url.set_missing(parameter, &value).map_err(|reason| malformed(&format!("{name} {reason}")))?;
        }
    }
    if url.config().get_hosts().is_empty() {
        let host = if Path::new(SOCKETS).is_dir() { SOCKETS } else { "localhost" };
        url.set_missing("host", host).map_err(|reason| malformed(&reason))?;
    }
    if !url.has_password() {
        of_file(&mut url, &variable);
    }
    Ok(url)
}

/// Returns a file in the home directory.
fn at_home(variable: Variable<'_>, name: &str) -> Option<PathBuf> {
    Some(PathBuf::from(variable("HOME")?).join(name))
}

/// Returns the parameters of a service.
fn of_service(service: &str, variable: Variable<'_>) -> Result<Vec<(String, String)>, Error> {
    let of_user =
        variable("PGSERVICEFILE").map(PathBuf::from).or_else(|| at_home(variable, ".pg_service.conf"));
    let of_system = ["PGSYSCONFDIR"].iter().filter_map(|name| variable(name)).map(PathBuf::from);
    let of_system = of_system.chain([PathBuf::from("/etc/postgresql-common")]);
    let files = of_user.into_iter().chain(of_system.map(|directory| directory.join("pg_service.conf")));
    let texts = files.filter_map(|file| fs::read_to_string(file).ok());
    let found = texts.filter_map(|text| section(&text, service)).next();
    found.ok_or_else(|| malformed(&format!("there is no service {service} in pg_service.conf")).into())
}

/// Returns the parameters in the section of a service.
fn section(text: &str, service: &str) -> Option<Vec<(String, String)>> {
    let mut found: Option<Vec<(String, String)>> = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            found = (name == service).then(Vec::new);
        } else if let (Some(found), Some((name, value))) = (&mut found, line.split_once('=')) {
            found.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    found
}

/// Sets the password of the first matching line of the file of passwords, unless others can read that file.
fn of_file(url: &mut DatabaseUrl, variable: Variable<'_>) {
    let Some(path) = variable("PGPASSFILE").map(PathBuf::from).or_else(|| at_home(variable, ".pgpass"))
    else {
        return;
    };
    let Ok(text) = fs::read_to_string(&path) else { return };
    if fs::metadata(&path).is_ok_and(|metadata| metadata.mode() & 0o077 != 0) {
        url.warn(format!(
            "{} is not used, because other users may read or write it: set its permissions to 0600",
            path.display()
        ));
        return;
    }
    let wanted = wanted(url, variable);
    let password = text.lines().find_map(|line| password(line, &wanted));
    if let Some(password) = password {
        let _ = url.set_missing("password", &password);
    }
}

/// Returns host, port, database and user, as a line of the file of passwords names them.
fn wanted(url: &DatabaseUrl, variable: Variable<'_>) -> [String; 4] {
    let config = url.config();
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(path)) if path != Path::new(SOCKETS) => path.display().to_string(),
        _ => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432).to_string();
    let user = config.get_user().map(str::to_owned).or_else(|| variable("USER")).unwrap_or_default();
    let database = config.get_dbname().map_or_else(|| user.clone(), str::to_owned);
    [host, port, database, user]
}

/// Returns the password of a line, if it matches.
fn password(line: &str, wanted: &[String; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = vec![(String::new(), false)];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let (field, is_escaped) = fields.last_mut()?;
                field.push(characters.next()?);
                *is_escaped = true;
            }
            ':' if fields.len() < 5 => fields.push((String::new(), false)),
            other => fields.last_mut()?.0.push(other),
        }
    }
    let [places @ .., (password, _)] = fields.as_slice() else { return None };
    let matches = |((field, is_escaped), wanted): (&(String, bool), &String)| {
        (field == "*" && !is_escaped) || field == wanted
    };
    let is_match = places.len() == 4 && places.iter().zip(wanted).all(matches);
    is_match.then(|| password.clone())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn completed(text: &str, variables: &[(&str, &str)]) -> Result<DatabaseUrl, Error> {
        let variable =
            |name: &str| variables.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned());
        complete(text.parse().unwrap(), &variable)
    }

    fn password_of(url: &DatabaseUrl) -> Option<&str> {
        url.config().get_password().and_then(|password| std::str::from_utf8(password).ok())
    }

    #[test]
    fn an_address_goes_before_its_service_and_the_service_before_variables() {
        let home = tempfile::tempdir().unwrap();
        let services = "# ours\n[other]\nhost=wrong\n\n[tenants]\nhost = db.example\nuser=grace\ndbname=t\nsslmode=require\n[x]\nport=1\n";
        fs::write(home.path().join(".pg_service.conf"), services).unwrap();
        let home = home.path().to_str().unwrap();
        let variables = [("HOME", home), ("PGUSER", "eve"), ("PGPORT", "6000"), ("PGPASSWORD", "s3cret")];
        let url = completed("postgres://ada@/?service=tenants", &variables).unwrap();
        assert_eq!(url.to_string(), "postgres://ada@db.example:6000/t");
        assert_eq!(password_of(&url), Some("s3cret"));
        let of_variable = [("HOME", home), ("PGSERVICE", "tenants")];
        let url = completed("postgres:///?schema=other", &of_variable).unwrap();
        assert_eq!(url.to_string(), "postgres://grace@db.example/t?schema=other");
        let missing = completed("postgres:///?service=none", &variables).unwrap_err().to_string();
        assert!(missing.contains("no service none") && !missing.contains("s3cret"), "{missing}");
    }

    #[test]
    fn the_file_of_passwords_is_used_only_if_others_cannot_read_it() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".pgpass");
        let lines =
            "# comment\nother:*:*:*:wrong\ndb.example:5432:t\\:1:ada:a\\:b\\\\c\n*:*:*:ada:fallback\n";
        fs::write(&file, lines).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let variables = [("HOME", home.path().to_str().unwrap())];
        let of = |address: &str| completed(address, &variables).unwrap();
        assert_eq!(password_of(&of("postgres://ada@db.example/t:1")), Some("a:b\\c"));
        assert_eq!(password_of(&of("postgres://ada@db.example:99/t")), Some("fallback"));
        assert_eq!(password_of(&of("postgres://eve@db.example/t")), None);
        assert_eq!(password_of(&of("postgres://ada:own@db.example/t")), Some("own"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let url = of("postgres://ada@db.example/t");
        assert_eq!((password_of(&url), url.warnings().len()), (None, 1));
        assert!(url.warnings()[0].contains("0600"), "{:?}", url.warnings());
    }

    #[test]
    fn an_invalid_variable_is_named_and_its_value_is_not() {
        let refused = completed("postgres://h/x", &[("PGPORT", "s3cret")]).unwrap_err().to_string();
        assert!(refused.contains("PGPORT") && !refused.contains("s3cret"), "{refused}");
    }
}
