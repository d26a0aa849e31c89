//! The two commands a person needs, and three a developer needs besides: `run`, `test`, `bench`, `explain`, `types`.
//!
//! It promises that each works from a fresh clone on a machine with only Rust and Node: what is missing is found, named and,
//! where that is possible, installed. It depends on none of the project's crates, so it is there in seconds; it never
//! changes a file that is committed, except that `types` writes the generated TypeScript and `explain --accept` the plans.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks on its terminal")]

mod bench;
mod changed;
mod explain;
mod failure;
mod interface;
mod needs;
mod place;
mod process;
mod run;
mod steps;
mod tally;
mod test;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::failure::Result;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Builds, runs, tests and measures Foredeck"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sets this machine up, builds the app and starts it; what follows `--` goes to the app, e.g. `-- --sample`.
    Run {
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Sets this machine up for testing and runs every check. With CI=true nothing may be skipped.
    Test(test::Options),
    /// Measures, prints a table, and writes the figures as JSON if asked to.
    Bench {
        name: bench::Name,
        /// How many tickets the workspace has that is measured on, five messages each.
        #[arg(long, value_name = "N", default_value_t = 1_000_000)]
        tickets: u32,
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Checks and prints how SQLite goes about every statement behind a list.
    Explain {
        /// Takes plans that have changed as they are now.
        #[arg(long)]
        accept: bool,
    },
    /// Writes ui/src/api/generated.ts from the API's shapes.
    Types,
}

fn main() -> ExitCode {
    match obey(Arguments::parse().command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn obey(command: Command) -> Result<ExitCode> {
    match command {
        Command::Run { args } => run::run(&args),
        Command::Test(options) => test::test(&options),
        Command::Bench { name, tickets, json } => {
            bench::bench(name, tickets, json.as_deref()).map(|()| ExitCode::SUCCESS)
        }
        Command::Explain { accept } => explain::explain(accept),
        Command::Types => types().map(|()| ExitCode::SUCCESS),
    }
}

fn types() -> Result {
    let mut cargo = process::cargo(["test", "--package", "app", "--lib", "typescript"]);
    process::attached(cargo.env("UPDATE_TYPES", "1"))
}
