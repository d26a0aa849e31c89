//! The program `foredeck`: everything is in the library, so that tests reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    foredeck::run(std::env::args_os())
}
