//! What the sample lacks, as an mbox: a customer with two thousand tickets, a ticket of five thousand messages, a message of ten megabytes.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use crate::failure::{Result, While};

pub const REGULAR: &str = "regular@bench.example";
/// A word of the ten megabytes, and of nothing else.
pub const LONG_WORD: &str = "quicksilverish";
pub const THREAD_WORD: &str = "fivethousandfold";
const TICKETS: u32 = 2_000;
const MESSAGES: u32 = 5_000;
const LONG_BYTES: usize = 10 << 20;

pub fn write(path: &Path) -> Result {
    let unwritable = || format!("{} can't be written", path.display());
    let mut mbox = BufWriter::new(File::create(path).during(unwritable)?);
    all(&mut mbox).and_then(|()| mbox.flush()).during(unwritable)
}

fn all(mbox: &mut impl Write) -> std::io::Result<()> {
    for ticket in 0..TICKETS {
        let said = format!("Delivery {ticket} came without its box. Is that so on purpose?\n");
        mail(
            mbox,
            REGULAR,
            &format!("ticket-{ticket}"),
            None,
            &format!("Order {ticket}: no box"),
            ticket,
            &said,
        )?;
    }
    for message in 0..MESSAGES {
        let root = (message > 0).then_some("thread-0");
        let said = format!("Still nothing, and I say it {THREAD_WORD}, for the {message}th time.\n");
        mail(
            mbox,
            "patient@bench.example",
            &format!("thread-{message}"),
            root,
            "Still waiting",
            message,
            &said,
        )?;
    }
    let long =
        format!("{LONG_WORD} {}", "A log, line by line, that somebody pasted.\n".repeat(LONG_BYTES / 43));
    mail(mbox, "log@bench.example", "long-0", None, "My log", 0, &long)
}

fn mail(
    mbox: &mut impl Write,
    from: &str,
    id: &str,
    root: Option<&str>,
    subject: &str,
    minute: u32,
    said: &str,
) -> std::io::Result<()> {
    let (day, hour, minute) = (1 + minute / 1_440, minute / 60 % 24, minute % 60);
    writeln!(mbox, "From {from} Mon Jun 01 00:00:00 2026")?;
    writeln!(mbox, "From: Bench <{from}>\nTo: care@harbour.example\nMessage-ID: <{id}@bench.example>")?;
    if let Some(root) = root {
        writeln!(mbox, "In-Reply-To: <{root}@bench.example>\nReferences: <{root}@bench.example>")?;
    }
    writeln!(mbox, "Subject: {subject}\nDate: {day:02} Jun 2026 {hour:02}:{minute:02}:00 +0000")?;
    writeln!(mbox, "Content-Type: text/plain; charset=utf-8\n\n{said}")
}
