//! Invitations: what kind they are, and what they say when the mail has no other text.

use model::CalendarMethod;

/// The method, from the part's parameter or its own `METHOD` line.
pub(super) fn method(parameter: Option<&str>, ics: &str) -> Option<CalendarMethod> {
    let written = property(ics, "METHOD").map(|(_, value)| value);
    let word = parameter.map(str::to_owned).or(written)?.to_ascii_lowercase();
    match word.trim() {
        "request" | "counter" | "add" => Some(CalendarMethod::Request),
        "reply" | "declinecounter" => Some(CalendarMethod::Reply),
        "cancel" => Some(CalendarMethod::Cancel),
        "publish" => Some(CalendarMethod::Publish),
        _ => None,
    }
}

/// The first event's title, time, place, host and description, one to a line, in no language but the sender's.
pub(super) fn summary(ics: &str) -> String {
    let event = ics.split_once("BEGIN:VEVENT").map_or(ics, |(_, event)| event);
    let event = event.split_once("END:VEVENT").map_or(event, |(event, _)| event);
    let value = |name| property(event, name).map(|(_, value)| value).unwrap_or_default();
    let host = value("ORGANIZER");
    let host =
        host.get(..7).filter(|p| p.eq_ignore_ascii_case("mailto:")).and(host.get(7..)).unwrap_or(&host);
    let lines = [value("SUMMARY"), when(event), value("LOCATION"), host.to_owned(), value("DESCRIPTION")];
    lines.into_iter().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

fn when(event: &str) -> String {
    let Some((params, start)) = property(event, "DTSTART") else { return String::new() };
    let zone = params.split(';').find_map(|param| param.strip_prefix("TZID=")).unwrap_or("");
    let end = property(event, "DTEND").map(|(_, end)| end).unwrap_or_default();
    let same_day = start.get(..8) == end.get(..8);
    let mut text = moment(&start, false);
    if !end.is_empty() {
        text = format!("{text} – {}", moment(&end, same_day));
    }
    let zone = if start.ends_with('Z') { "UTC" } else { zone.trim_matches('"') };
    if zone.is_empty() { text } else { format!("{text} ({zone})") }
}

/// `20261122T100000` as `2026-11-22 10:00`, or only `10:00`; anything else as it is.
fn moment(stamp: &str, time_only: bool) -> String {
    let digits =
        |from: usize, to: usize| stamp.get(from..to).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
    let (Some(year), Some(month), Some(day)) = (digits(0, 4), digits(4, 6), digits(6, 8)) else {
        return stamp.chars().take(40).collect();
    };
    match (digits(9, 11), digits(11, 13)) {
        (Some(hour), Some(minute)) if time_only => format!("{hour}:{minute}"),
        (Some(hour), Some(minute)) => format!("{year}-{month}-{day} {hour}:{minute}"),
        _ => format!("{year}-{month}-{day}"),
    }
}

/// Parameters and unescaped value of the first property of that name; its continuation lines joined.
fn property(ics: &str, name: &str) -> Option<(String, String)> {
    let mut lines = ics.lines();
    loop {
        let line = lines.next()?;
        let Some(rest) =
            line.get(..name.len()).filter(|n| n.eq_ignore_ascii_case(name)).and(line.get(name.len()..))
        else {
            continue;
        };
        if !rest.starts_with([':', ';']) {
            continue;
        }
        let mut whole = rest.to_owned();
        for more in lines.by_ref().map_while(|line| line.strip_prefix([' ', '\t'])) {
            whole.push_str(more);
        }
        let colon = value_colon(&whole)?;
        let (params, value) = whole.split_at_checked(colon)?;
        return Some((params.to_owned(), unescape(value.get(1..).unwrap_or(""))));
    }
}

/// The colon that ends the parameters: not one inside quotes.
fn value_colon(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })
}

fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ICS: &str = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nDTSTART:19700101T000000\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY:退货\\, 第二次\r\n 沟通\r\nDTSTART;TZID=\"Asia/Shanghai\":20261122T100000\r\nDTEND;TZID=\"Asia/Shanghai\":20261122T110000\r\nLOCATION:Room 4\r\nORGANIZER;CN=Li:mailto:li@example.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn an_invitation_reads_as_what_when_where_and_who() {
        let read = "退货, 第二次沟通\n2026-11-22 10:00 – 11:00 (Asia/Shanghai)\nRoom 4\nli@example.test";
        assert_eq!(summary(ICS), read);
        assert_eq!(method(None, ICS), Some(CalendarMethod::Request));
        assert_eq!(method(Some("CANCEL"), ICS), Some(CalendarMethod::Cancel));
        assert_eq!(method(None, "nonsense"), None);
    }
}
