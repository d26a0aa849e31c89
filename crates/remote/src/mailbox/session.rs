//! A conversation with a mail server: one command at a time, what it answers, and what it says unasked.
//!
//! Promises: a command that was dropped or failed half-way leaves the session [`Session::broken`], and nothing is ever sent on a broken one.
//! Waiting in IDLE may be dropped at any time; the next command leaves it in order.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;
use zeroize::Zeroizing;

use super::fault::Fault;
use super::response::{Data, Kind, Response, Status};
use super::wire::{Duplex, Wire};

/// Literals of an answer that should hold no large ones.
pub(super) const SMALL: usize = 1 << 20;
/// Bytes of a long literal that are sent at a time.
const PIECE: usize = 64 << 10;
/// Bytes of the whole answer to one command: the flags of a million messages are sixty megabytes.
const LONGEST_ANSWER: u64 = 256 << 20;
/// The longest mechanism asks three times.
const MOST_QUESTIONS: usize = 5;
/// Long enough to be no limit.
const FOREVER: Duration = Duration::from_secs(86_400 * 365);

/// A command, in the pieces between which the server must say that it is ready.
pub(super) struct Command {
    pieces: Vec<Zeroizing<Vec<u8>>>,
}

impl Command {
    pub(super) fn new(words: impl Into<Vec<u8>>) -> Command {
        Command { pieces: vec![Zeroizing::new(words.into())] }
    }

    /// Adds a space and `text`, quoted, or as a literal where quotes cannot hold it.
    pub(super) fn text(mut self, text: &str) -> Command {
        let plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && text.len() < 1_000;
        if plain {
            let quoted = Zeroizing::new(text.replace('\\', r"\\").replace('"', "\\\""));
            self.append(b" \"");
            self.append(quoted.as_bytes());
            self.append(b"\"");
        } else {
            self.append(format!(" {{{}}}", text.len()).as_bytes());
            self.pieces.push(Zeroizing::new(text.as_bytes().to_vec()));
        }
        self
    }

    pub(super) fn words(mut self, words: &str) -> Command {
        self.append(words.as_bytes());
        self
    }

    fn append(&mut self, bytes: &[u8]) {
        if let Some(last) = self.pieces.last_mut() {
            last.extend_from_slice(bytes);
        }
    }
}

struct Idling {
    tag: String,
    since: Instant,
}

pub(super) struct Session {
    wire: Wire,
    answer: Duration,
    tags: u32,
    /// In upper case.
    pub capabilities: BTreeSet<String>,
    /// The folder that is open, by the server's name for it.
    pub selected: Option<String>,
    /// Messages in the open folder, as last said.
    exists: Option<u32>,
    /// Whether the server told of something new since the open folder was last looked at.
    pub stirred: bool,
    busy: bool,
    idling: Option<Idling>,
}

pub(super) type OnData<'a> = &'a mut (dyn FnMut(Response) + Send);

impl Session {
    pub(super) fn new(stream: Box<dyn Duplex>, answer: Duration) -> Session {
        Session {
            wire: Wire::new(stream),
            answer,
            tags: 0,
            capabilities: BTreeSet::new(),
            selected: None,
            exists: None,
            stirred: false,
            busy: false,
            idling: None,
        }
    }

    /// Whether a command was left half-way.
    pub(super) fn broken(&self) -> bool {
        self.busy
    }

    pub(super) fn can(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    pub(super) fn into_stream(self) -> Result<Box<dyn Duplex>, Fault> {
        self.wire.into_stream()
    }

    /// The greeting. What a server that has had enough says is an error.
    pub(super) async fn greeting(&mut self) -> Result<Status, Fault> {
        match self.receive(SMALL, self.wire.received()).await? {
            Response::Status(status)
                if matches!(status.kind, Kind::Ok | Kind::PreAuth) && status.tag.is_none() =>
            {
                self.note_status(&status);
                Ok(status)
            }
            Response::Status(status) if status.kind == Kind::Bye => Err(Fault::Closed(Some(status))),
            _ => Err(Fault::Nonsense("a greeting of another protocol")),
        }
    }

    /// Sends a command and hands what is answered to `on`, with literals of at most `room` bytes in each response.
    pub(super) async fn run(
        &mut self,
        command: Command,
        room: usize,
        on: OnData<'_>,
    ) -> Result<Status, Fault> {
        let (tag, early) = self.say(&command, on).await?;
        let status = match early {
            Some(early) => early,
            None => self.until_done(&tag, room, on).await?,
        };
        self.finish(status)
    }

    /// Runs a command that ends in `literal`, which goes in pieces: each of them may take as long as an answer.
    pub(super) async fn run_with_literal(
        &mut self,
        command: Command,
        literal: &[u8],
    ) -> Result<Status, Fault> {
        let command = command.words(&format!(" {{{}}}", literal.len()));
        let on: OnData<'_> = &mut |_| {};
        let (tag, early) = self.say(&command, on).await?;
        let early = if early.is_some() { early } else { self.until_ready(&tag, on).await? };
        if let Some(early) = early {
            return self.finish(early);
        }
        for piece in literal.chunks(PIECE) {
            self.wire.send(piece, self.answer).await?;
        }
        self.wire.send(b"\r\n", self.answer).await?;
        let status = self.until_done(&tag, SMALL, on).await?;
        self.finish(status)
    }

    /// Sends a command to its end, under the tag that is answered to; with the answer, when the server gave it before the end.
    async fn say(&mut self, command: &Command, on: OnData<'_>) -> Result<(String, Option<Status>), Fault> {
        self.leave_idle().await?;
        self.busy = true;
        let tag = self.next_tag();
        let mut line = Zeroizing::new(format!("{tag} ").into_bytes());
        for (index, piece) in command.pieces.iter().enumerate() {
            if index > 0 {
                if let Some(early) = self.until_ready(&tag, on).await? {
                    return Ok((tag, Some(early)));
                }
                line.clear();
            }
            line.extend_from_slice(piece);
            line.extend_from_slice(b"\r\n");
            self.wire.send(&line, self.answer).await?;
        }
        Ok((tag, None))
    }

    /// Runs a command whose answer says nothing but whether it worked.
    pub(super) async fn run_plain(&mut self, command: Command) -> Result<Status, Fault> {
        self.run(command, SMALL, &mut |_| {}).await
    }

    /// Authenticates; `steps` are what is answered to each question, in order. Past them an empty line is sent, which ends the mechanism.
    pub(super) async fn authenticate(
        &mut self,
        mechanism: &str,
        steps: &[Zeroizing<String>],
    ) -> Result<Status, Fault> {
        self.busy = true;
        let tag = self.next_tag();
        let mut steps = steps.iter();
        let mut line = Zeroizing::new(format!("{tag} AUTHENTICATE {mechanism}"));
        if self.can("SASL-IR")
            && mechanism != "LOGIN"
            && let Some(first) = steps.next()
        {
            line.push(' ');
            line.push_str(first);
        }
        line.push_str("\r\n");
        self.wire.send(line.as_bytes(), self.answer).await?;
        for _ in 0..MOST_QUESTIONS {
            if let Some(done) = self.until_ready(&tag, &mut |_| {}).await? {
                return self.finish(done);
            }
            let mut line = Zeroizing::new(steps.next().map(|step| step.to_string()).unwrap_or_default());
            line.push_str("\r\n");
            self.wire.send(line.as_bytes(), self.answer).await?;
        }
        Err(Fault::Nonsense("more questions than any mechanism has"))
    }

    fn next_tag(&mut self) -> String {
        self.tags = self.tags.wrapping_add(1);
        format!("f{}", self.tags)
    }

    fn finish(&mut self, status: Status) -> Result<Status, Fault> {
        self.busy = false;
        match status.kind {
            Kind::Ok => Ok(status),
            Kind::No => Err(Fault::Refused(status)),
            _ => Err(Fault::Rejected(status)),
        }
    }

    /// Until the server asks for more (`None`) or answers the command early.
    async fn until_ready(&mut self, tag: &str, on: OnData<'_>) -> Result<Option<Status>, Fault> {
        let began = self.wire.received();
        loop {
            match self.receive(SMALL, began).await? {
                Response::Continue(_) => return Ok(None),
                Response::Status(status) if status.tag.as_deref() == Some(tag) => return Ok(Some(status)),
                other => self.pass(other, on)?,
            }
        }
    }

    async fn until_done(&mut self, tag: &str, room: usize, on: OnData<'_>) -> Result<Status, Fault> {
        let began = self.wire.received();
        loop {
            match self.receive(room, began).await? {
                Response::Status(status) if status.tag.as_deref() == Some(tag) => {
                    self.note_status(&status);
                    return Ok(status);
                }
                other => self.pass(other, on)?,
            }
        }
    }

    fn pass(&mut self, response: Response, on: OnData<'_>) -> Result<(), Fault> {
        match &response {
            Response::Status(status) if status.tag.is_some() => {
                return Err(Fault::Nonsense("an answer to nothing"));
            }
            Response::Status(status) if status.kind == Kind::Bye => {
                return Err(Fault::Closed(Some(status.clone())));
            }
            Response::Status(status) => self.note_status(status),
            Response::Data(data) => self.note_data(data),
            Response::Unknown => return Err(Fault::Nonsense("an answer of another protocol")),
            Response::Continue(_) => {}
        }
        on(response);
        Ok(())
    }

    /// The next response to a command whose answer began when `began` bytes had been received.
    async fn receive(&mut self, room: usize, began: u64) -> Result<Response, Fault> {
        if self.wire.received() - began > LONGEST_ANSWER {
            return Err(Fault::Nonsense("an answer without an end"));
        }
        let watch = self.wire.watch(self.answer);
        Ok(Response::read(self.wire.next(room, watch).await?))
    }

    fn note_status(&mut self, status: &Status) {
        if let Some(words) = status.code("CAPABILITY") {
            self.note_capabilities(words.split_ascii_whitespace());
        }
    }

    fn note_data(&mut self, data: &Data) {
        match data.name.as_str() {
            "CAPABILITY" => {
                let words = data.words();
                self.note_capabilities(words.iter().map(String::as_str));
            }
            "EXISTS" => {
                self.stirred |= self.exists != data.number;
                self.exists = data.number;
            }
            "EXPUNGE" => {
                self.stirred = true;
                self.exists = self.exists.map(|count| count.saturating_sub(1));
            }
            "VANISHED" => self.stirred = true,
            _ => {}
        }
    }

    fn note_capabilities<'a>(&mut self, words: impl Iterator<Item = &'a str>) {
        self.capabilities = words.map(str::to_ascii_uppercase).collect();
    }

    /// Asks what the server can do.
    pub(super) async fn ask_capabilities(&mut self) -> Result<(), Fault> {
        self.run_plain(Command::new("CAPABILITY")).await.map(|_| ())
    }

    /// Says that a folder is about to be opened: what is heard of it from here on is new.
    pub(super) fn opening(&mut self) {
        self.selected = None;
        self.exists = None;
    }

    /// Since when the session is in IDLE.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        self.idling.as_ref().map(|idling| idling.since)
    }

    pub(super) async fn enter_idle(&mut self) -> Result<(), Fault> {
        if self.idling.is_some() {
            return Ok(());
        }
        self.busy = true;
        let tag = self.next_tag();
        self.wire.send(format!("{tag} IDLE\r\n").as_bytes(), self.answer).await?;
        match self.until_ready(&tag, &mut |_| {}).await? {
            None => {
                self.idling = Some(Idling { tag, since: Instant::now() });
                self.busy = false;
                Ok(())
            }
            Some(status) => self.finish(status).map(|_| ()),
        }
    }

    /// Waits in IDLE until the server tells of a change. Never ends by itself; may be dropped.
    pub(super) async fn hear(&mut self) -> Result<(), Fault> {
        loop {
            let watch = self.wire.watch(FOREVER);
            let response = Response::read(self.wire.next(SMALL, watch).await?);
            let flags = matches!(&response, Response::Data(data) if data.name == "FETCH");
            let tagged = matches!(&response, Response::Status(status) if status.tag.is_some());
            if tagged {
                self.busy = true;
                return Err(Fault::Nonsense("the server left IDLE by itself"));
            }
            self.pass(response, &mut |_| {})?;
            self.stirred |= flags;
            if self.stirred {
                return Ok(());
            }
        }
    }

    pub(super) async fn leave_idle(&mut self) -> Result<(), Fault> {
        let Some(idling) = self.idling.take() else { return Ok(()) };
        self.busy = true;
        self.wire.send(b"DONE\r\n", self.answer).await?;
        let status = self.until_done(&idling.tag, SMALL, &mut |_| {}).await?;
        self.finish(status).map(|_| ())
    }
}
