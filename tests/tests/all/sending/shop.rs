//! A desk whose courier, look and clock are the test's: customers ask, replies are queued, and the sender works on them.

use std::{future::Future, sync::Arc, time::Duration};

use model::{
    Address, Direction, Millis, OutboxId, SourceId, Status, TicketId,
    incoming::{Body, Change, Cursor, Incoming},
    outgoing::{DraftText, HOLD_MS, OutboxEntry, OutboxState, Outgoing, OutgoingKind, ReplyKind},
};
use store::{Key, NewOutgoing, Store};
use sync::Post;
use testkit::{
    HandClock,
    courier::{FakeCourier, FakeLook, Fate},
    mail,
};

pub const NOON: Millis = Millis(1_795_000_000_000);
pub const CARE: &str = "care@shop.test";

pub struct Shop {
    pub store: Store,
    pub source: SourceId,
    pub clock: HandClock,
    pub courier: Arc<FakeCourier>,
    pub look: Arc<FakeLook>,
    _folder: tempfile::TempDir,
}

pub async fn soon<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), event).await.expect("it happens in time")
}

/// A reply under this name, on the question of the same customer.
pub fn reply(name: &str, to: &str, question: &str) -> Outgoing {
    Outgoing {
        kind: OutgoingKind::Reply,
        message_id: format!("{name}@shop.test"),
        at_ms: NOON,
        from: Address::new("Care", CARE),
        to: vec![Address::new("", to)],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: "Re: Question".to_owned(),
        in_reply_to: Some(format!("{question}@customer.test")),
        references: vec![format!("{question}@customer.test")],
        text: format!("This is {name}. 您好。"),
        html: None,
        attachments: Vec::new(),
    }
}

/// What a customer writes about `earlier`.
pub fn answer(id: &str, earlier: &str, at: Millis) -> Change {
    let Change::Message(incoming) = mail(id, "lin@x.test", "Re: Question", "one more thing", at) else {
        unreachable!("a mail is a message")
    };
    let references = vec![earlier.to_owned()];
    Change::Message(Box::new(Incoming { in_reply_to: references.clone(), references, ..*incoming }))
}

/// The copy of a reply, as a source with identities of its own reports it.
pub fn copy_of(outgoing: &Outgoing, at: Millis) -> Change {
    let Change::Message(incoming) = mail("copy", CARE, &outgoing.subject, "", at) else {
        unreachable!("a mail is a message")
    };
    Change::Message(Box::new(Incoming {
        identity: format!("server:{}", outgoing.message_id),
        message_id: Some(outgoing.message_id.clone()),
        in_reply_to: outgoing.in_reply_to.iter().cloned().collect(),
        references: outgoing.references.clone(),
        from: Some(outgoing.from.clone()),
        to: outgoing.to.clone(),
        direction: Direction::Outbound,
        body: Body { text: outgoing.text.clone(), html: None },
        ..*incoming
    }))
}

/// The agent writes it: a reply is sent off from its draft.
pub async fn write(store: &Store, ticket: TicketId, outgoing: &Outgoing, now: Millis) {
    let draft = DraftText {
        kind: ReplyKind::Reply,
        from: outgoing.from.clone(),
        to: outgoing.to.clone(),
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: outgoing.subject.clone(),
        html: outgoing.text.clone(),
        quote: None,
    };
    store.keep_reply_draft(ticket, &draft, now).await.unwrap();
}

impl Shop {
    pub async fn new() -> Shop {
        Shop::with([]).await
    }

    pub async fn with(fates: impl IntoIterator<Item = Fate>) -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &Key::random().unwrap(), NOON).await.unwrap().store;
        let source = store.add_source("mailbox", "Shop", CARE, serde_json::json!({}), NOON).await.unwrap();
        let clock = HandClock::at(NOON);
        let look = FakeLook::new(store.clone(), source, clock.clock());
        Shop { store, source, clock, courier: Arc::new(FakeCourier::with(fates)), look, _folder: folder }
    }

    pub fn start(&self) -> Post {
        let (courier, look) = (self.courier.clone(), self.look.look());
        Post::start(self.store.clone(), self.source, courier, look, vec![CARE.to_owned()], self.clock.clock())
    }

    pub async fn arrives(&self, change: Change) -> TicketId {
        let cursor = Cursor(format!("{:?}", self.store.latest_seq()));
        let applied =
            self.store.apply(self.source, &[change], &cursor, None, self.clock.now()).await.unwrap();
        applied.tickets.into_iter().next().unwrap_or(TicketId(0))
    }

    /// A customer asks: a ticket of its own.
    pub async fn asked(&self, question: &str) -> TicketId {
        let from = format!("{question}@x.test");
        self.arrives(mail(question, &from, &format!("About {question}"), "hello", self.clock.now())).await
    }

    /// The agent has read the ticket and sends this off, to be held for as long as a person may take it back.
    pub async fn queued(&self, ticket: TicketId, outgoing: Outgoing, hold: bool) -> OutboxId {
        let now = self.clock.now();
        let hold_until = hold.then(|| now.plus(HOLD_MS));
        let seen = self.store.seen(ticket).await.unwrap();
        let (source, who) = (self.source, "Mia".to_owned());
        write(&self.store, ticket, &outgoing, now).await;
        let new = NewOutgoing {
            ticket,
            source,
            outgoing,
            seen,
            who,
            hold_until,
            then: Some(Status::Waiting),
            claim: None,
        };
        self.store.queue(new, now).await.unwrap().expect("it is queued")
    }

    /// A question and the reply to it, due at once.
    pub async fn answered(&self, name: &str) -> OutboxId {
        let ticket = self.asked(name).await;
        self.queued(ticket, reply(name, "lin@x.test", name), false).await
    }

    pub async fn entry(&self, id: OutboxId) -> OutboxEntry {
        self.store.outbox_entry(id).await.unwrap().expect("the row is there")
    }

    /// Waits until the row is as wanted.
    pub async fn until(&self, id: OutboxId, wanted: impl Fn(&OutboxEntry) -> bool) -> OutboxEntry {
        let mut commits = self.store.commits();
        let reached = async {
            loop {
                let entry = self.entry(id).await;
                if wanted(&entry) {
                    return entry;
                }
                commits.recv().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(20), reached)
            .await
            .unwrap_or_else(|_| panic!("{id:?} stays"))
    }

    pub async fn until_state(&self, id: OutboxId, state: OutboxState) -> OutboxEntry {
        let mut commits = self.store.commits();
        loop {
            let entry = self.entry(id).await;
            if entry.state == state {
                return entry;
            }
            let told = tokio::time::timeout(Duration::from_secs(20), commits.recv()).await;
            assert!(
                told.is_ok(),
                "it stays {:?}, because of {:?}, and is never {state:?}",
                entry.state,
                entry.problem
            );
        }
    }

    /// Everything that is due now has had its turn: a later reply of another ticket has left.
    pub async fn has_had_its_turn(&self, post: &Post) {
        let name = format!("sentinel-{}", self.store.latest_seq().0);
        let id = self.answered(&name).await;
        post.nudge();
        self.until_state(id, OutboxState::Sent).await;
    }

    /// What the customers got, sentinels not counted.
    pub fn got(&self) -> Vec<String> {
        let short = |id: String| id.trim_end_matches("@shop.test").to_owned();
        let all = self.courier.delivered().into_iter().map(short);
        all.filter(|name| !name.starts_with("sentinel")).collect()
    }
}
