//! Where every dependency comes from and under which licence: the crates of Cargo.lock, the packages of ui/package-lock.json.
//!
//! The list of licences is deny.toml's, so that this test and cargo-deny never disagree.

use cargo_metadata::Package;
use serde_json::Value;
use spdx::{Expression, LicenseReq, ParseMode};

use crate::graph::{METADATA, read};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";
const NPM: &str = "https://registry.npmjs.org/";
/// Besides, for tools that build and test the interface and never reach a user.
const FOR_TOOLS: &[&str] = &["BlueOak-1.0.0", "CC-BY-4.0", "Python-2.0"];

/// Packages that leave the field out, and the licence that was read in their LICENSE file or their repository.
const READ_BY_HAND: &[(&str, &str)] = &[
    ("node_modules/@inlang/plugin-message-format", "MIT"),
    ("node_modules/sqlite-wasm-kysely", "MIT"),
    ("node_modules/svelte-toolbelt", "MIT"),
];

/// The `allow` list of deny.toml.
fn allowed() -> Vec<String> {
    let settings = read("deny.toml");
    let list = settings.split("allow = [").nth(1).and_then(|rest| rest.split(']').next());
    let names = list.expect("deny.toml has a list of licences").split('"').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

/// Whether an SPDX expression can be fulfilled with licences of the list alone. An exception only permits more.
fn can_be_used(expression: &str, list: &[&str]) -> bool {
    let fits = |wanted: &LicenseReq| wanted.license.id().is_some_and(|id| list.contains(&id.name));
    Expression::parse_mode(expression, ParseMode::LAX).is_ok_and(|expression| expression.evaluate(fits))
}

#[test]
fn expressions_are_evaluated_not_searched() {
    let list = ["MIT", "Apache-2.0", "Unicode-3.0"];
    for fine in [
        "MIT",
        "GPL-3.0-only OR MIT",
        "MIT/Apache-2.0",
        "(MIT OR GPL-2.0-only) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(can_be_used(fine, &list), "{fine}");
    }
    for refused in
        ["GPL-3.0-only", "MIT AND GPL-2.0-only", "LGPL-2.1-or-later", "UNLICENSED", "SEE LICENSE IN x", ""]
    {
        assert!(!can_be_used(refused, &list), "{refused}");
    }
}

#[test]
fn every_crate_comes_from_crates_io_or_this_repository() {
    let foreign = |package: &&Package| package.source.as_ref().is_some_and(|source| source.repr != CRATES_IO);
    let foreign: Vec<_> =
        METADATA.packages.iter().filter(foreign).map(|package| (&package.name, &package.source)).collect();
    assert!(foreign.is_empty(), "{foreign:#?}");
    let lock = read("Cargo.lock");
    let from_crates_io = lock.matches(CRATES_IO).count();
    assert_eq!(
        lock.matches("\nchecksum = ").count(),
        from_crates_io,
        "every crate of the lock file has a checksum"
    );
}

#[test]
fn every_crate_has_a_licence_we_may_use() {
    let allowed = allowed();
    let list: Vec<&str> = allowed.iter().map(String::as_str).collect();
    let refused: Vec<_> = METADATA
        .packages
        .iter()
        .filter(|package| !can_be_used(package.license.as_deref().unwrap_or_default(), &list))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    assert!(METADATA.packages.len() > 100, "the graph is whole");
    assert!(refused.is_empty(), "{refused:#?}");
}

/// Name and entry of every npm package in the lock file.
fn npm_packages() -> Vec<(String, Value)> {
    let lock: Value =
        serde_json::from_str(&read("ui/package-lock.json")).expect("ui/package-lock.json is JSON");
    let packages = lock["packages"].as_object().expect("the lock file lists packages");
    let packages: Vec<_> = packages
        .iter()
        .filter(|(path, _)| !path.is_empty())
        .map(|(path, entry)| (path.clone(), entry.clone()))
        .collect();
    assert!(packages.len() > 50, "the lock file is whole");
    packages
}

#[test]
fn every_npm_package_comes_from_the_registry_and_is_known_by_its_digest() {
    let is_sound = |entry: &Value| {
        let digest = entry["integrity"].as_str().is_some_and(|digest| digest.starts_with("sha512-"));
        digest
            && entry["resolved"].as_str().is_none_or(|address| address.starts_with(NPM))
            && entry["link"].is_null()
    };
    let unsound: Vec<_> = npm_packages().into_iter().filter(|(_, entry)| !is_sound(entry)).collect();
    assert!(unsound.is_empty(), "{unsound:#?}");
}

#[test]
fn every_npm_package_has_a_licence_we_may_use() {
    let allowed = allowed();
    let shipped: Vec<&str> = allowed.iter().map(String::as_str).collect();
    let tools = [shipped.as_slice(), FOR_TOOLS].concat();
    let is_refused = |path: &str, entry: &Value| {
        let list = if entry["dev"] == true { &tools } else { &shipped };
        let by_hand = READ_BY_HAND.iter().find(|(name, _)| *name == path).map(|(_, licence)| *licence);
        !can_be_used(entry["license"].as_str().or(by_hand).unwrap_or_default(), list)
    };
    let refused: Vec<_> = npm_packages()
        .into_iter()
        .filter(|(path, entry)| is_refused(path, entry))
        .map(|(path, entry)| format!("{path}: {}", entry["license"]))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}
