//! The lines by which mail programs say "what follows was said before", in the languages they speak.

/// Longer lines are somebody's words.
const LONGEST_LINE: usize = 400;

pub(super) fn is_quoted(line: &str) -> bool {
    line.trim_start_matches([' ', '\u{a0}']).starts_with('>')
}

/// `-- `, as the standard has it, or without its space.
pub(super) fn is_signature_rule(line: &str) -> bool {
    matches!(line.trim_end_matches(['\r', '\n']), "-- " | "--" | "--\u{a0}")
}

pub(super) fn is_underscores(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 20 && line.bytes().all(|b| b == b'_')
}

const ORIGINAL: &[&str] = &[
    "original message",
    "original",
    "original email",
    "original mail",
    "original appointment",
    "replied message",
    "original e-mail",
    "原始邮件",
    "原邮件",
    "原始信息",
    "邮件原件",
    "原始訊息",
    "原始郵件",
    "原始消息",
    "回复的原邮件",
    "回复邮件",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "message d'origine",
    "message d’origine",
    "message original",
    "mensaje original",
    "mensagem original",
    "messaggio originale",
    "元のメッセージ",
    "원본 메시지",
    "원본 메일",
    "исходное сообщение",
    "oorspronkelijk bericht",
];

const FORWARDED: &[&str] = &[
    "forwarded message",
    "begin forwarded message",
    "forwarded mail",
    "转发的消息",
    "转发邮件",
    "转发的邮件",
    "以下是转发的邮件",
    "開始轉寄郵件",
    "轉寄郵件",
    "轉寄的郵件",
    "开始转发邮件",
    "weitergeleitete nachricht",
    "anfang der weitergeleiteten nachricht",
    "message transféré",
    "début du message transféré",
    "転送メッセージ",
    "転送されたメッセージ",
    "mensaje reenviado",
    "전달된 메시지",
];

/// `-----Original Message-----` and its relatives.
pub(super) fn is_separator(line: &str) -> bool {
    dashed(line).is_some_and(|inner| ORIGINAL.contains(&inner.as_str()))
}

pub(super) fn is_forward(line: &str) -> bool {
    let bare = || line.trim().trim_end_matches([':', '：']).to_lowercase();
    dashed(line)
        .or_else(|| (line.len() <= LONGEST_LINE).then(bare))
        .is_some_and(|inner| FORWARDED.contains(&inner.as_str()))
}

/// What stands between dashes, lower case.
fn dashed(line: &str) -> Option<String> {
    let line = line.trim();
    let fits = line.len() <= LONGEST_LINE && line.starts_with("--") && line.ends_with("--");
    let plain = |c: char| c == '-' || c.is_whitespace() || c == ':';
    fits.then(|| line.replace("&nbsp;", " ").trim_matches(plain).to_lowercase())
        .filter(|inner| !inner.is_empty())
}

/// A line, or up to three, saying who wrote what follows and when.
pub(super) struct Attribution {
    pub(super) lines: usize,
    /// So exact (an address or a time of day) that what follows is quoted even without marks.
    pub(super) exact: bool,
}

const STARTS: &[&str] = &["on ", "at ", "am ", "le ", "el ", "il ", "em ", "op ", "在", "于", "於", "den "];

/// How such lines end, lower case, without the colon.
const ENDS: &[&str] = &[
    "wrote",
    "writes",
    "写道",
    "寫道",
    "写到",
    "a écrit",
    "escribió",
    "ha scritto",
    "escreveu",
    "schreef",
    "skrev",
    "書きました",
    "のメッセージ",
    "님이 작성",
    "작성",
    "написал",
    "написала",
    "пишет",
    "geschrieben",
];

impl Attribution {
    pub(super) fn at(rest: &[&str]) -> Option<Attribution> {
        let first = rest.first()?.trim();
        if first.is_empty() || first.len() > LONGEST_LINE || is_quoted(first) {
            return None;
        }
        let mut joined = first.to_lowercase();
        let may_go_on = STARTS.iter().any(|start| joined.starts_with(start));
        for lines in 1..=3 {
            if says_who(&joined) {
                let exact = joined.contains('@') || has_time_of_day(&joined);
                return Some(Attribution { lines, exact });
            }
            let next = rest
                .get(lines)
                .map(|line| line.trim())
                .filter(|line| !line.is_empty() && !is_quoted(line))?;
            if !may_go_on || joined.len() > LONGEST_LINE {
                return None;
            }
            joined.push(' ');
            joined.push_str(&next.to_lowercase());
        }
        None
    }
}

fn says_who(line: &str) -> bool {
    let Some(said) = line.strip_suffix(':').or_else(|| line.strip_suffix('：')) else { return false };
    let said = said.trim_end();
    let dated = said.chars().any(|c| c.is_ascii_digit()) || said.contains('@');
    let german = said.starts_with("am ") && said.contains(" schrieb");
    // Gmail's Japanese: a date and an address, nothing else.
    let japanese = said.contains('年') && said.contains('@') && said.ends_with('>');
    line.len() <= LONGEST_LINE && dated && (german || japanese || ENDS.iter().any(|end| said.ends_with(end)))
}

/// `10:05` somewhere.
fn has_time_of_day(line: &str) -> bool {
    line.match_indices([':', '：']).any(|(at, colon)| {
        let before = line.get(..at).is_some_and(|text| text.ends_with(|c: char| c.is_ascii_digit()));
        before
            && line.get(at + colon.len()..).is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()))
    })
}

const FROM: &[&str] =
    &["from", "发件人", "寄件者", "寄件人", "von", "de", "差出人", "送信者", "보낸사람", "da", "van", "от"];
const OTHERS: &[&[&str]] = &[
    &[
        "sent",
        "date",
        "发送时间",
        "时间",
        "日期",
        "发送日期",
        "寄件日期",
        "傳送時間",
        "gesendet",
        "datum",
        "envoyé",
        "送信日時",
        "日時",
        "보낸날짜",
        "enviado",
        "fecha",
        "inviato",
        "data",
    ],
    &["to", "收件人", "收件者", "an", "à", "宛先", "받는사람", "para", "a", "aan"],
    &[
        "subject",
        "主题",
        "主旨",
        "主題",
        "betreff",
        "objet",
        "件名",
        "제목",
        "asunto",
        "assunto",
        "oggetto",
        "onderwerp",
    ],
];
/// Lines a header block may span.
const BLOCK: usize = 10;

/// `From: … Sent: … To: … Subject: …`, as Outlook and its like put it above what they answer.
pub(super) fn starts_header_block(rest: &[&str]) -> bool {
    let Some(first) = rest.first().and_then(|line| label(line)) else { return false };
    if !FROM.contains(&first.as_str()) {
        return false;
    }
    let labels: Vec<String> = rest.iter().skip(1).take(BLOCK).filter_map(|line| label(line)).collect();
    let found =
        OTHERS.iter().filter(|names| labels.iter().any(|label| names.contains(&label.as_str()))).count();
    found >= 2
}

/// The word before a line's colon, lower case, without the stars of a bold one.
fn label(line: &str) -> Option<String> {
    let line = line.get(..line.len().min(LONGEST_LINE)).unwrap_or(line);
    let line = line.trim_start_matches([' ', '*', '|', '\t', '\u{a0}']);
    let (label, _) = line.split_once([':', '：'])?;
    let label = label.trim_end_matches([' ', '*', '\u{a0}']);
    // Foxmail spreads its labels: `发 件 人`.
    let spread = label.chars().any(crate::text::is_cjk);
    let label: String = label.chars().filter(|c| !(spread && c.is_whitespace())).collect();
    (!label.is_empty() && label.chars().count() <= 12).then(|| label.to_lowercase())
}

/// How phones and programs sign for their owners: the beginning of a line, lower case.
const SENT_FROM: &[&str] = &[
    "sent from my ",
    "sent from mail for ",
    "sent from outlook",
    "sent from yahoo",
    "sent from samsung",
    "sent via ",
    "sent with ",
    "get outlook for ",
    "sent from proton",
    "sent from gmail",
    "发自我的",
    "发自 我的",
    "从我的",
    "從我的",
    "來自我的",
    "来自我的",
    "发自网易",
    "发自手机",
    "发自新浪",
    "发自qq邮箱",
    "获取 outlook",
    "下载 outlook",
    "发送自 windows",
    "从 windows",
    "获取适用于",
    "von meinem ",
    "gesendet von ",
    "gesendet mit ",
    "envoyé de mon ",
    "envoyé depuis ",
    "envoyé à partir de ",
    "enviado desde mi ",
    "enviado do meu ",
    "inviato da ",
    "outlook for android",
    "outlook for ios",
    "отправлено с ",
];
const SENT_FROM_ENDS: &[&str] = &["から送信", "で送信", "에서 보냄", "手机", "手机版", "客户端", "发送"];
const LONGEST_MARK: usize = 60;

pub(super) fn is_sent_from(line: &str) -> bool {
    let line = line.trim().trim_matches(['[', ']', '【', '】', '-', '—', ' ']).to_lowercase();
    if line.chars().count() > LONGEST_MARK || line.is_empty() {
        return false;
    }
    let closes_sentence = line.ends_with(['?', '？', '!', '！', '。']);
    let begins = SENT_FROM.iter().any(|mark| line.starts_with(mark));
    let from_phone = ["来自", "發自", "发自", "來自"].iter().any(|mark| line.starts_with(mark));
    let ends = SENT_FROM_ENDS.iter().any(|mark| line.ends_with(mark));
    let eastern = line.ends_with("から送信") || line.ends_with("에서 보냄");
    !closes_sentence && ((begins && is_device(&line)) || (from_phone && ends) || eastern)
}

/// "Sent from my brother's account" is news; "Sent from my iPhone" is not.
fn is_device(line: &str) -> bool {
    const DEVICES: &[&str] = &[
        "iphone",
        "ipad",
        "phone",
        "handy",
        "android",
        "galaxy",
        "samsung",
        "huawei",
        "华为",
        "小米",
        "荣耀",
        "oppo",
        "vivo",
        "xiaomi",
        "pixel",
        "手机",
        "手機",
        "平板",
        "mobile",
        "tablet",
        "outlook",
        "mail",
        "windows",
        "邮箱",
        "blackberry",
        "nokia",
        "mac",
        "móvil",
        "客户端",
        "smartphone",
        "яндекс",
        "yahoo",
        "mi ",
        "ios",
    ];
    DEVICES.iter().any(|device| line.contains(device))
}
