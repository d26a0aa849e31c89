//! Which crate may depend on which. docs/ARCHITECTURE.md has the reasons; this keeps the arrows.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Package};

use crate::graph::{METADATA, files, read, root};

/// A crate, what it may depend on, and why nothing else.
const ARROWS: &[(&str, &[&str], &str)] = &[
    ("model", &[], "types and rules stand alone, so that everything can share them"),
    ("language", &["model"], "understanding text needs the types and nothing that does I/O"),
    ("store", &["model"], "the database knows what a ticket is, not where it comes from or who shows it"),
    ("remote", &["model"], "an adapter hands over changes; it neither stores nor schedules"),
    (
        "sync",
        &["store", "remote", "model"],
        "it moves changes between port and store, and no window hears of it",
    ),
    (
        "app",
        &["sync", "store", "remote", "language", "model"],
        "the use cases know no window and no operating system",
    ),
    ("sample", &["remote", "model"], "the sample is a source like any other, behind the port"),
    (
        "foredeck",
        &["app", "remote", "sample", "model"],
        "the shell constructs adapters and hands calls to `app`",
    ),
    (
        "testkit",
        &["app", "sync", "store", "remote", "language", "sample", "model"],
        "it serves every test but the shell's, which would make each test build Tauri",
    ),
    ("server", &["model", "language"], "the team server never depends on store, sync or Tauri"),
    ("xtask", &[], "it must be there in seconds on a machine that has built nothing"),
    ("foredeck-tests", &[], "only its tests depend on the others"),
];

/// A library, and the only crates that may use it.
const KEPT_IN: &[(&str, &[&str], &str)] = &[
    ("tauri", &["foredeck"], "only the shell knows the windows' toolkit"),
    ("tauri-build", &["foredeck"], "only the shell knows the windows' toolkit"),
    ("sqlx", &["store"], "only `store` speaks SQL"),
    ("libsqlite3-sys", &["store"], "only `store` speaks SQL"),
    ("axum", &["app", "server"], "only `app` and the team server listen"),
    (
        "tokio",
        &["remote", "store", "sync", "app", "sample", "foredeck", "testkit", "server"],
        "rules are not async",
    ),
];

fn ours() -> Vec<&'static Package> {
    METADATA.workspace_packages()
}

fn allowed(name: &str) -> Option<(&'static [&'static str], &'static str)> {
    ARROWS.iter().find(|(of, ..)| *of == name).map(|(_, to, why)| (*to, *why))
}

/// What is wrong with a dependency on one of our crates, if anything.
fn wrong(from: &str, to: &str, kind: DependencyKind) -> Option<String> {
    let Some((may, why)) = allowed(from) else {
        return Some(format!("`{from}` is in no arrow: state it in docs/ARCHITECTURE.md and here"));
    };
    let is_for_tests = kind == DependencyKind::Development;
    let is_fine = match to {
        "testkit" | "foredeck" if !is_for_tests => false,
        "testkit" => true,
        "foredeck" => from == "foredeck-tests",
        _ => may.contains(&to) || (is_for_tests && from == "foredeck-tests"),
    };
    (!is_fine).then(|| format!("{from} → {to}: `{from}` may depend on {may:?} only: {why}"))
}

#[test]
fn an_arrow_against_the_design_is_named_with_its_reason() {
    use DependencyKind::{Development, Normal};
    for (from, to, kind) in [
        ("model", "store", Normal),
        ("store", "remote", Development),
        ("app", "sample", Normal),
        ("sync", "testkit", Normal),
        ("app", "foredeck", Development),
        ("xtask", "model", Development),
        ("foredeck-tests", "app", Normal),
        ("newcomer", "model", Normal),
    ] {
        assert!(wrong(from, to, kind).is_some_and(|fault| fault.contains(from)), "{from} → {to}");
    }
    for (from, to, kind) in [
        ("sync", "store", Normal),
        ("sync", "testkit", Development),
        ("testkit", "app", Normal),
        ("foredeck-tests", "foredeck", Development),
    ] {
        assert_eq!(wrong(from, to, kind), None);
    }
}

#[test]
fn crates_depend_only_along_the_arrows() {
    let names: BTreeSet<&str> = ours().iter().map(|package| package.name.as_str()).collect();
    let mut faults = Vec::new();
    for package in ours() {
        let between_ours =
            package.dependencies.iter().filter(|dependency| names.contains(dependency.name.as_str()));
        faults.extend(between_ours.filter_map(|to| wrong(&package.name, &to.name, to.kind)));
        if allowed(&package.name).is_none() {
            faults.push(format!(
                "`{}` is in no arrow: state it in docs/ARCHITECTURE.md and here",
                package.name
            ));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn libraries_stay_where_they_belong() {
    let mut faults = Vec::new();
    for package in ours() {
        let of_the_product =
            package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
        for dependency in of_the_product {
            let kept = KEPT_IN.iter().find(|(library, ..)| *library == dependency.name);
            let Some((library, only, why)) =
                kept.filter(|(_, only, _)| !only.contains(&package.name.as_str()))
            else {
                continue;
            };
            faults.push(format!("{} → {library}: {why} (allowed in {only:?})", package.name));
        }
        let plugins =
            package.dependencies.iter().filter(|dependency| dependency.name.starts_with("tauri-plugin-"));
        faults.extend(plugins.filter(|_| package.name.as_str() != "foredeck").map(|plugin| {
            format!("{} → {}: only the shell knows the windows' toolkit", package.name, plugin.name)
        }));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_dependency_has_one_version_and_one_feature_set_named_at_the_top() {
    let mut sets = BTreeMap::<&str, BTreeSet<_>>::new();
    for dependency in ours().iter().flat_map(|package| &package.dependencies) {
        let set = (dependency.req.to_string(), dependency.features.clone(), dependency.uses_default_features);
        sets.entry(&dependency.name).or_default().insert(set);
    }
    let several: Vec<_> = sets.into_iter().filter(|(_, sets)| sets.len() > 1).collect();
    assert!(several.is_empty(), "state it once in [workspace.dependencies]: {several:#?}");
}

#[test]
fn every_module_says_what_it_is_for() {
    let mut modules = Vec::new();
    for folder in ["crates", "src-tauri", "tests"] {
        files(&root().join(folder), "rs", &mut modules);
    }
    assert!(modules.len() > 20, "the sources are where this test looks for them");
    let silent: Vec<String> = modules
        .iter()
        .map(|path| path.strip_prefix(root()).expect("it lies in the repository").display().to_string())
        .filter(|path| !says_what_it_is_for(&read(path)))
        .collect();
    assert!(silent.is_empty(), "these do not begin with a sentence in `//!`: {silent:#?}");
}

fn says_what_it_is_for(source: &str) -> bool {
    let first = source.lines().next().unwrap_or_default();
    first.strip_prefix("//! ").is_some_and(|words| words.split(' ').count() >= 4)
}
