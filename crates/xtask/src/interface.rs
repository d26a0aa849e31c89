//! The interface: its npm packages as the lock file names them, and `ui/dist` built of its sources; each only when something changed.

use std::{fs, path::PathBuf, process::Command};

use crate::{
    changed,
    failure::{Failure, Result, While},
    place, process,
};

/// Folders in `ui/` that nothing is built of: made, or of tests alone.
const APART: &[&str] = &[
    "ui/tests-browser",
    "ui/node_modules",
    "ui/dist",
    "ui/src/i18n/generated",
    "ui/.svelte-kit",
    "ui/test-results",
    "ui/coverage",
];

fn ui() -> PathBuf {
    place::root().join("ui")
}

/// Installs the packages of the lock file if they are not the ones that are there.
pub fn packages(run: &mut dyn FnMut(Command) -> Result) -> Result {
    let named = [ui().join("package.json"), ui().join("package-lock.json")];
    let wanted = changed::fingerprint(&named, &[])?;
    let stamp = ui().join("node_modules/.foredeck-packages");
    if changed::says(&stamp, &wanted) {
        return Ok(());
    }
    run(process::npm(["ci", "--no-audit", "--no-fund"]))?;
    changed::say(&stamp, &wanted)
}

/// Builds `ui/dist` if its sources changed, or if what lies there is not what was built of them.
pub fn build(run: &mut dyn FnMut(Command) -> Result) -> Result {
    let stamp = place::memory().join("interface");
    if changed::says(&stamp, &sources_and_result()?) {
        return Ok(());
    }
    run(process::npm(["run", "build"]))?;
    if !ui().join("dist/index.html").is_file() {
        return Err(Failure::new("building the interface made no ui/dist/index.html"));
    }
    changed::say(&stamp, &sources_and_result()?)
}

fn sources_and_result() -> Result<String> {
    let sources = changed::fingerprint(&[ui()], APART)?;
    let result = changed::fingerprint(&[ui().join("dist")], &[])?;
    Ok(format!("{sources} {result}"))
}

/// Whether ui/package.json has a script of that name.
pub fn has_script(name: &str) -> Result<bool> {
    let path = ui().join("package.json");
    let text = fs::read_to_string(&path).during(|| format!("{} can't be read", path.display()))?;
    let package: serde_json::Value =
        serde_json::from_str(&text).during(|| format!("{} is not JSON", path.display()))?;
    Ok(package.pointer(&format!("/scripts/{name}")).is_some())
}
