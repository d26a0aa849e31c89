//! Mails for a benchmark: small, in threads of three, each with a number of its own in the text; and one of sixty megabytes.
//! The same seed makes the same mails.

/// A mail as it lies in a mailbox.
pub struct Letter {
    pub number: u64,
    /// Seconds since 1970 when the server received it.
    pub received_s: u64,
    pub text: Vec<u8>,
}

/// The words of the subjects and texts; a search for one of them finds a good part of all mails.
const WORDS: &[&str] = &[
    "invoice", "refund", "login", "password", "shipping", "delayed", "order", "printer", "broken", "battery",
    "warranty", "account", "locked", "update", "crash", "export", "missing", "renewal", "licence", "seat",
    "upgrade", "slow", "timeout", "error", "gateway", "customer", "please", "thanks", "regards", "delivery",
];
const FIRST_RECEIVED_S: u64 = 1_700_000_000;
const LINES: usize = 10;
const WORDS_IN_A_LINE: usize = 12;
const BIG: usize = 60 * 1024 * 1024;

/// `count` mails from number `first` on.
pub fn small(first: u64, count: u64) -> impl Iterator<Item = Letter> {
    (first..first + count).map(|number| Letter {
        number,
        received_s: FIRST_RECEIVED_S + number * 60,
        text: small_text(number).into_bytes(),
    })
}

fn small_text(number: u64) -> String {
    let root = number - number % 3;
    let (re, thread) = if number == root {
        ("", String::new())
    } else {
        ("Re: ", format!("In-Reply-To: <{root}@seed.test>\r\nReferences: <{root}@seed.test>\r\n"))
    };
    let mut dice = Dice::new(number);
    let lines: Vec<String> = (0..LINES).map(|_| dice.words(WORDS_IN_A_LINE)).collect();
    format!(
        "From: Customer {customer} <c{customer}@customers.test>\r\nTo: agent@bench.test\r\nDate: {date}\r\n\
         Message-ID: <{number}@seed.test>\r\nSubject: {re}{subject}\r\n{thread}MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\nticket number {ticket}\r\n",
        customer = root / 3 % 500,
        date = date(FIRST_RECEIVED_S + number * 60),
        subject = Dice::new(root ^ 0x5eed).words(5),
        body = lines.join("\r\n"),
        ticket = 100_000 + number,
    )
}

/// A mail with an attachment of sixty megabytes as it travels, in base64.
pub fn big(number: u64) -> Letter {
    let received_s = FIRST_RECEIVED_S + number * 60;
    let mut text = format!(
        "From: Designer <designer@customers.test>\r\nTo: agent@bench.test\r\nDate: {}\r\nMessage-ID: <big-{number}@seed.test>\r\n\
         Subject: the drawings you asked for\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=part\r\n\r\n\
         --part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThey are attached.\r\n--part\r\n\
         Content-Type: application/zip; name=drawings.zip\r\nContent-Disposition: attachment; filename=drawings.zip\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n",
        date(received_s)
    )
    .into_bytes();
    let mut dice = Dice::new(number);
    while text.len() < BIG {
        text.extend((0..76).map(|_| dice.base64()));
        text.extend(b"\r\n");
    }
    text.extend(b"--part--\r\n");
    Letter { number, received_s, text }
}

/// RFC 5322, in UTC; the days since 1970 counted in eras of 400 years.
fn date(seconds: u64) -> String {
    const MONTHS: &[&str] =
        &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: &[&str] = &["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    let since_march_0000 = days + 719_468;
    let day_of_era = since_march_0000 % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12;
    let year = year_of_era + since_march_0000 / 146_097 * 400 + u64::from(month < 2);
    let name = |names: &[&'static str], place: u64| {
        usize::try_from(place).ok().and_then(|place| names.get(place).copied())
    };
    let (weekday, month) =
        (name(DAYS, days % 7).unwrap_or_default(), name(MONTHS, month).unwrap_or_default());
    let (hours, minutes, seconds) = (time / 3600, time / 60 % 60, time % 60);
    format!("{weekday}, {day:02} {month} {year} {hours:02}:{minutes:02}:{seconds:02} +0000")
}

/// Numbers that look random and are always the same (splitmix64).
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn words(&mut self, count: usize) -> String {
        let word = |_| {
            let place = usize::try_from(self.throw() % WORDS.len() as u64).unwrap_or_default();
            WORDS.get(place).copied().unwrap_or_default()
        };
        (0..count).map(word).collect::<Vec<_>>().join(" ")
    }

    fn base64(&mut self) -> u8 {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let place = usize::try_from(self.throw() % 64).unwrap_or_default();
        ALPHABET.get(place).copied().unwrap_or(b'A')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_come_in_threads_of_three_and_are_always_the_same() {
        let texts: Vec<String> = small(9, 3).map(|letter| String::from_utf8(letter.text).unwrap()).collect();
        assert!(!texts[0].contains("References"));
        assert!(
            texts[1].contains("References: <9@seed.test>") && texts[2].contains("References: <9@seed.test>")
        );
        assert!(texts[2].contains("ticket number 100011"));
        assert!(texts.iter().all(|text| (900..2048).contains(&text.len())));
        assert_eq!(
            small(9, 3).map(|letter| letter.text).collect::<Vec<_>>(),
            small(9, 3).map(|letter| letter.text).collect::<Vec<_>>()
        );
    }

    #[test]
    fn dates_are_right() {
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 +0000");
        assert_eq!(date(951_782_400), "Tue, 29 Feb 2000 00:00:00 +0000");
        assert_eq!(date(1_700_000_000), "Tue, 14 Nov 2023 22:13:20 +0000");
        assert_eq!(date(1_735_689_599), "Tue, 31 Dec 2024 23:59:59 +0000");
    }

    #[test]
    fn the_big_mail_is_sixty_megabytes_and_whole() {
        let letter = big(1);
        assert!((BIG..BIG + 200).contains(&letter.text.len()));
        assert!(letter.text.ends_with(b"--part--\r\n"));
    }
}
