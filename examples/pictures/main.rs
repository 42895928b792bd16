//! Draws the pictures of the README and of the guide to the console again, and writes the keys and the text that belong to
//! them: `cargo run --example pictures`.

mod generate;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};
use ramax::cli::Program;

fn main() -> Result<ExitCode> {
    if std::env::args_os().len() > 1 {
        return Ok(Program::ramax().main());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = generate::generated(root, &demonstration()?)?;
    let pictures = root.join(generate::PICTURES);
    std::fs::create_dir_all(&pictures)?;
    for file in &files {
        let path = root.join(&file.path);
        if std::fs::read_to_string(&path).ok().as_deref() != Some(&file.content) {
            std::fs::write(&path, &file.content).context(file.path.clone())?;
            println!("{}", file.path);
        }
    }
    let current: BTreeSet<_> = files.iter().map(|file| root.join(&file.path)).collect();
    for picture in std::fs::read_dir(&pictures)? {
        let path = picture?.path();
        if !current.contains(&path) {
            std::fs::remove_file(&path)?;
            println!("removed {}", path.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns what the program prints as the demonstration. This process is started as the program, so that nothing else has
/// to be built.
fn demonstration() -> Result<String> {
    let ran = Command::new(std::env::current_exe()?)
        .args(["demo", "--plain"])
        .env_remove("RAMAX_DB")
        .stdin(Stdio::null())
        .output()?;
    ensure!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Ok(String::from_utf8(ran.stdout)?)
}
