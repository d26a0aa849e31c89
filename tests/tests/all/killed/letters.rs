//! A mailbox made of nothing but numbers: the same bytes at every run, pages with attachments, new mail before history.

use std::{collections::BTreeSet, sync::Mutex, time::Duration};

use async_trait::async_trait;
use model::{
    Millis,
    incoming::{Change, Cursor, Flags, Place},
};
use remote::{
    BlobSink, Capabilities, Filling, Helpdesk, Page, RemoteError, Wake,
    mail::{self, Context},
};
use testkit::steps;

use super::NOON;

/// Mails of the history, some to a page.
const HISTORY: u32 = 24;
const PAGE: usize = 6;

/// A mailbox that is the same for whoever looks, in three states: history; some new mail; one mail gone, one read, more mail.
pub struct Letters {
    pub state: u32,
    /// What it has said in its cursor to have reported, and reports only with the next page: an adapter must not do that.
    pub hasty: Option<Mutex<Vec<Change>>>,
}

impl Letters {
    /// The numbers of the mails, in the order they are reported: new ones first, then the history from its newest on.
    fn order(&self) -> Vec<u32> {
        let new = match self.state {
            1 => 0,
            2 => 4,
            _ => 7,
        };
        (HISTORY..HISTORY + new).chain((0..HISTORY).rev()).collect()
    }
}

fn place(number: u32) -> Place {
    Place { folder: "INBOX".into(), uid_validity: 7, uid: number + 1 }
}

/// A mail of one of nine conversations, every third with an attachment of a size of its own, two of them with equal ones.
fn letter(number: u32) -> String {
    let (customer, conversation) = (number % 5, number % 9);
    let to_whom = if number >= 9 {
        format!(
            "In-Reply-To: <mail{}@customer.test>\r\nReferences: <mail{conversation}@customer.test>\r\n",
            number - 9
        )
    } else {
        String::new()
    };
    let mut body = format!(
        "--edge\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n第{number}封信 about kettle {conversation}\r\n"
    );
    if number.is_multiple_of(3) {
        let line = char::from(b'A' + u8::try_from(number % 6).unwrap()).to_string().repeat(76);
        let lines = if number == 12 { 3_000 } else { number % 6 + 1 };
        body += "--edge\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"Rechnung.pdf\"\r\n\
            Content-Transfer-Encoding: base64\r\n\r\n";
        body += &format!("{line}\r\n").repeat(usize::try_from(lines).unwrap());
    }
    format!(
        "From: Customer {customer} <c{customer}@customer.test>\r\nTo: care@shop.test\r\nSubject: Kettle {conversation}\r\n\
         Message-ID: <mail{number}@customer.test>\r\n{to_whom}MIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=edge\r\n\r\n{body}--edge--\r\n"
    )
}

async fn read(number: u32, blobs: &dyn BlobSink) -> Change {
    let own = BTreeSet::from(["care@shop.test".to_owned()]);
    let context = Context {
        own: &own,
        received_at: Some(NOON.plus((i64::from(number) - 100) * Millis::MINUTE)),
        now: NOON,
        identity: None,
        place: Some(place(number)),
        flags: Flags::default(),
    };
    Change::Message(Box::new(mail::read(letter(number).as_bytes(), &context, blobs).await.unwrap()))
}

#[async_trait]
impl Helpdesk for Letters {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn pushes(&self) -> bool {
        false
    }

    /// The cursor is the set of mails reported, and whether the last state's other changes were.
    async fn pull(&self, cursor: Option<&Cursor>, blobs: &dyn BlobSink) -> Result<Page, RemoteError> {
        steps::take("The mailbox is asked.");
        let (mut done, mut told): (BTreeSet<u32>, bool) =
            cursor.map(|cursor| serde_json::from_str(&cursor.0).unwrap()).unwrap_or_default();
        let mut changes = Vec::new();
        for number in self.order().into_iter().filter(|number| !done.contains(number)).take(PAGE) {
            changes.push(read(number, blobs).await);
        }
        for change in &changes {
            let Change::Message(mail) = change else { continue };
            done.insert(mail.place.as_ref().unwrap().uid - 1);
        }
        if self.state == 3 && !std::mem::replace(&mut told, true) {
            changes.push(Change::Gone { place: place(20) });
            changes.push(Change::Flags { place: place(19), flags: Flags { seen: true, ..Flags::default() } });
        }
        let left = self.order().len() - done.len();
        let changes = match &self.hasty {
            Some(next) if left > 0 => std::mem::replace(&mut *next.lock().unwrap(), changes),
            Some(next) => next.lock().unwrap().drain(..).chain(changes).collect(),
            None => changes,
        };
        let filling =
            (left > 0).then(|| Filling { done: u32::try_from(done.len()).unwrap(), total: HISTORY });
        let cursor = Cursor(serde_json::to_string(&(done, told)).unwrap());
        steps::take("The mailbox answers.");
        Ok(Page { changes, cursor, more: left > 0, filling, fresh: true })
    }

    async fn wait(&self, patience: Duration) -> Result<Wake, RemoteError> {
        tokio::time::sleep(patience).await;
        Ok(Wake::Elapsed)
    }

    async fn disconnect(&self) {
        steps::take("The mailbox is left.");
    }
}
