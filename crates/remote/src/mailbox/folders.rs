//! Which folders are read: the inbox, the sent mail, and what the settings add.

use super::utf7;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub attributes: Vec<String>,
    pub delimiter: Option<String>,
    /// As the server writes it.
    pub raw: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    /// As people read it; the inbox is always `INBOX`.
    pub name: String,
    pub raw: String,
}

/// What sent mail is called where the server does not mark it: last parts of a path, in lower case.
const SENT: &[&str] = &[
    "sent",
    "sent mail",
    "sent items",
    "sent messages",
    "sent-mail",
    "gesendet",
    "gesendete objekte",
    "gesendete elemente",
    "gesendete nachrichten",
    "envoyés",
    "éléments envoyés",
    "messages envoyés",
    "objets envoyés",
    "courrier envoyé",
    "已发送",
    "已发送邮件",
    "已发邮件",
    "已发送信息",
    "寄件備份",
    "寄件备份",
    "已傳送郵件",
    "已傳送",
    "已寄出",
    "送信済み",
    "送信済みメール",
    "보낸편지함",
    "보낸 편지함",
    "enviados",
    "inviati",
];

/// The inbox comes last, so that it is the folder left open to be listened to.
pub(super) fn choose(listed: &[Listed], wanted: &[String]) -> Vec<Chosen> {
    let readable: Vec<&Listed> = listed.iter().filter(|folder| folder.can_be_opened()).collect();
    let mut chosen: Vec<Chosen> = sent(&readable).into_iter().map(Listed::chosen).collect();
    for name in wanted {
        chosen.extend(readable.iter().map(|folder| folder.chosen()).find(|folder| folder.name == *name));
    }
    chosen.retain(|folder| folder.name != INBOX);
    let mut seen = std::collections::BTreeSet::new();
    chosen.retain(|folder| seen.insert(folder.name.clone()));
    let inbox = listed.iter().map(Listed::chosen).find(|folder| folder.name == INBOX);
    chosen.push(inbox.unwrap_or(Chosen { name: INBOX.to_owned(), raw: INBOX.to_owned() }));
    chosen
}

pub(super) const INBOX: &str = "INBOX";

/// The folder of sent mail.
pub(super) fn sent_of(listed: &[Listed]) -> Option<Chosen> {
    let readable: Vec<&Listed> = listed.iter().filter(|folder| folder.can_be_opened()).collect();
    sent(&readable).map(Listed::chosen)
}

fn sent<'a>(readable: &[&'a Listed]) -> Option<&'a Listed> {
    let marked = readable.iter().find(|folder| folder.is(r"\sent"));
    let named = || {
        let known = |folder: &&&Listed| SENT.contains(&folder.last_part().to_lowercase().as_str());
        readable.iter().filter(known).min_by_key(|folder| folder.raw.len())
    };
    marked.or_else(named).copied()
}

impl Listed {
    fn is(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|own| own.eq_ignore_ascii_case(attribute))
    }

    fn can_be_opened(&self) -> bool {
        !self.is(r"\noselect") && !self.is(r"\nonexistent")
    }

    fn chosen(&self) -> Chosen {
        let name = utf7::decode(&self.raw);
        let name =
            if name.eq_ignore_ascii_case(INBOX) || self.is(r"\inbox") { INBOX.to_owned() } else { name };
        Chosen { name, raw: self.raw.clone() }
    }

    fn last_part(&self) -> String {
        let name = utf7::decode(&self.raw);
        let delimiter = self.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
        let last = delimiter.and_then(|delimiter| name.rsplit(delimiter).next().map(str::to_owned));
        last.unwrap_or(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(raw: &str, attributes: &[&str]) -> Listed {
        let attributes = attributes.iter().map(|attribute| (*attribute).to_owned()).collect();
        Listed { attributes, delimiter: Some("/".to_owned()), raw: raw.to_owned() }
    }

    fn names(listed: &[Listed], wanted: &[&str]) -> Vec<String> {
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        choose(listed, &wanted).into_iter().map(|folder| folder.name).collect()
    }

    #[test]
    fn the_marked_folder_is_the_sent_mail_whatever_it_is_called() {
        let listed = [
            folder("Sent", &[]),
            folder("[Gmail]/Versand", &[r"\HasNoChildren", r"\SENT"]),
            folder("inbox", &[]),
        ];
        assert_eq!(names(&listed, &[]), ["[Gmail]/Versand", "INBOX"]);
    }

    #[test]
    fn without_a_mark_a_known_name_is_the_sent_mail() {
        assert_eq!(names(&[folder("INBOX/&XfJT0ZAB-", &[])], &[]), ["INBOX/已发送", "INBOX"]);
        assert_eq!(names(&[folder("Archive/Sent", &[]), folder("Sent", &[])], &[]), ["Sent", "INBOX"]);
        assert_eq!(names(&[folder("Sent", &[r"\Noselect"])], &[]), ["INBOX"]);
        assert_eq!(names(&[], &[]), ["INBOX"]);
    }

    #[test]
    fn more_folders_are_read_when_they_are_there() {
        let listed = [folder("INBOX", &[]), folder("Billing", &[]), folder("Sent", &[])];
        assert_eq!(names(&listed, &["Billing", "Billing", "INBOX", "Gone"]), ["Sent", "Billing", "INBOX"]);
    }
}
