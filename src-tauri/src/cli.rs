//! The command line, as it is typed. What it means is in `opening` and `commands`.

use std::path::PathBuf;

use app::dto::ExportFormat;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// A local-first desktop workstation for customer-support teams.
///
/// Without a command it opens the desk. While a desk is open on the same workspace, commands hand their work to it.
#[derive(Debug, Parser)]
#[command(name = "foredeck", version)]
pub struct Cli {
    #[command(flatten)]
    pub place: Place,

    #[command(flatten)]
    pub shown: Shown,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// How the desk is shown.
#[derive(Debug, Clone, Copy, Args)]
pub struct Shown {
    /// Open the desk in a browser on this machine and print the address, which works once.
    #[arg(long)]
    pub browser: bool,

    /// The port for --browser; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "browser")]
    pub port: u16,

    /// Open the supervisor's dashboard beside the desk, or in the desk that is open already.
    #[arg(long, conflicts_with = "browser")]
    pub dashboard: bool,
}

/// Which workspace, and how it opens.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// The workspace's folder.
    #[arg(long, global = true, value_name = "DIR", env = "FOREDECK_WORKSPACE")]
    pub workspace: Option<PathBuf>,

    /// The sample workspace, in a folder of its own: nothing in it is real and nothing leaves it.
    #[arg(long = "sample", id = "sample_workspace", global = true)]
    pub sample: bool,

    /// A command whose first line of output is the pass phrase, used instead of the system's key store.
    #[arg(long, global = true, value_name = "CMD", env = "FOREDECK_PASSWORD_COMMAND")]
    pub password_command: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read every source until nothing is missing here.
    Sync {
        /// Once; without it nothing else is done yet.
        #[arg(long, required = true)]
        once: bool,
    },
    /// Search all tickets, newest first.
    Search {
        /// Words, "phrases", from: tag: status: is:open has:attachment before: after:, and - for not.
        #[arg(required = true)]
        query: Vec<String>,
        /// The most tickets to answer.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Read mail from an mbox file, a Maildir, or a folder of .eml files.
    Import { file: PathBuf },
    /// Write every message to a new file; into a folder, under a name of its own.
    Export {
        #[arg(value_name = "DIR|FILE")]
        to: PathBuf,
        #[arg(long, value_enum)]
        format: Option<Format>,
    },
    /// Write a sample workspace of any size.
    Sample {
        #[arg(long, value_name = "N", default_value_t = 2_400)]
        tickets: u32,
        /// Messages a ticket has on average, from 1 to 8.
        #[arg(long, value_name = "M", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=8))]
        messages: u32,
        #[arg(long, value_name = "S", default_value_t = 1)]
        seed: u64,
        /// Also say, as JSON, how many seconds each tenth of it took.
        #[arg(long, hide = true)]
        time: bool,
    },
    /// One call of the desk's API by its name, for scripts and measurements; arguments and answer are JSON.
    #[command(hide = true)]
    Call {
        name: String,
        #[arg(default_value = "null")]
        args: String,
        /// Also say how many milliseconds the call took.
        #[arg(long)]
        time: bool,
    },
    /// Calls from standard input, one JSON object with `name` and `args` a line, each answered by a line with its milliseconds.
    #[command(hide = true)]
    Calls,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Mbox,
    Jsonl,
}

impl From<Format> for ExportFormat {
    fn from(format: Format) -> ExportFormat {
        match format {
            Format::Mbox => ExportFormat::Mbox,
            Format::Jsonl => ExportFormat::JsonLines,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_workspace_is_named_before_or_after_the_command() {
        for line in
            [["foredeck", "--workspace", "w", "search", "x"], ["foredeck", "search", "x", "--workspace", "w"]]
        {
            let cli = Cli::try_parse_from(line).unwrap();
            assert_eq!(cli.place.workspace.as_deref(), Some(std::path::Path::new("w")));
        }
    }

    #[test]
    fn the_sample_is_a_place_and_a_command() {
        let opened = Cli::try_parse_from(["foredeck", "--sample"]).unwrap();
        assert!(opened.place.sample && opened.command.is_none());
        let made = Cli::try_parse_from(["foredeck", "sample", "--tickets", "7", "--seed", "3"]).unwrap();
        assert!(matches!(
            made.command,
            Some(Command::Sample { tickets: 7, messages: 4, seed: 3, time: false })
        ));
        assert!(!made.place.sample);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            &["foredeck", "--port", "80"][..],
            &["foredeck", "--browser", "--dashboard"],
            &["foredeck", "sync"],
            &["foredeck", "search"],
            &["foredeck", "sample", "--messages", "9"],
            &["foredeck", "dance"],
        ] {
            assert!(Cli::try_parse_from(line).is_err(), "{line:?}");
        }
    }
}
