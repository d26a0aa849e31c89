//! What a notification may show of a customer's words. A screen may be shared, a phone may lie on a table.
//!
//! Mail addresses keep their first letter and their domain; numbers of more than four digits (telephones, cards, identity cards,
//! orders) keep their last four. Dates and amounts stay readable. Pure.

const DOT: char = '•';
/// Digits of a number that stay.
const SHOWN: usize = 4;

/// One safe line in which nothing identifies anybody.
pub fn mask(text: &str) -> String {
    let line = model::text::one_line(text);
    let words: Vec<String> = line.split(' ').map(mask_address).collect();
    mask_numbers(&words.join(" "))
}

fn is_in_address(c: char) -> bool {
    (c.is_alphanumeric() && !model::text::is_cjk(c)) || matches!(c, '.' | '_' | '%' | '+' | '-' | '@')
}

/// Masks every address in a word, and leaves what stands around it.
fn mask_address(word: &str) -> String {
    if !word.contains('@') {
        return word.to_owned();
    }
    let mut masked = String::new();
    let mut rest = word;
    while let Some(start) = rest.find(is_in_address) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_in_address(c)).unwrap_or(from.len());
        let (piece, after) = from.split_at(end);
        masked.push_str(before);
        masked.push_str(&mask_piece(piece));
        rest = after;
    }
    masked + rest
}

fn mask_piece(piece: &str) -> String {
    match piece.rsplit_once('@') {
        Some((local, domain)) if !local.is_empty() => {
            let first: String = local.chars().take(1).collect();
            format!("{first}{DOT}{DOT}{DOT}@{domain}")
        }
        _ => piece.to_owned(),
    }
}

fn mask_numbers(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut masked = String::with_capacity(line.len());
    let mut rest = chars.as_slice();
    while let Some(first) = rest.first() {
        let number = if first.is_numeric() { number_length(rest) } else { 0 };
        let (taken, after) = rest.split_at(number.max(1));
        mask_number(taken, &mut masked);
        rest = after;
    }
    masked
}

/// How many characters at the start belong to one number, with the separators people put between groups.
fn number_length(chars: &[char]) -> usize {
    let mut length = digits(chars);
    loop {
        let rest = chars.get(length..).unwrap_or_default();
        let separators = rest.iter().take_while(|c| separates(**c)).count();
        let after = rest.get(separators..).unwrap_or_default();
        let next = digits(after);
        let joined = match rest.first() {
            Some('.') => separators == 1 && next > 2,
            Some(_) => (1..=3).contains(&separators) && next > 1,
            None => false,
        };
        if !joined {
            // The check letter of a Chinese identity card.
            let check = length >= 14 && matches!(rest.first(), Some('X' | 'x'));
            return length + usize::from(check);
        }
        length += separators + next;
    }
}

/// What people put between the groups of a number, in either writing.
const fn separates(c: char) -> bool {
    matches!(c, ' ' | '-' | '(' | ')' | '/' | '.' | '\u{2010}'..='\u{2015}' | '－' | '_' | '·')
}

fn digits(chars: &[char]) -> usize {
    chars.iter().take_while(|c| c.is_numeric()).count()
}

fn mask_number(number: &[char], to: &mut String) {
    let counted = |c: &&char| c.is_alphanumeric();
    let all = number.iter().filter(counted).count();
    if all <= SHOWN || number.len() == 1 || is_date(number) {
        to.extend(number);
        return;
    }
    let mut left = all;
    for c in number {
        if !c.is_alphanumeric() {
            to.push(*c);
            continue;
        }
        to.push(if left > SHOWN { DOT } else { *c });
        left -= 1;
    }
}

/// `2026-11-22` and `2026/11/22`, and nothing longer.
fn is_date(number: &[char]) -> bool {
    let text: String = number.iter().collect();
    let groups: Vec<&str> = text.split(['-', '/']).collect();
    let within = |group: &str, most: u32| group.parse().is_ok_and(|n: u32| (1..=most).contains(&n));
    match groups.as_slice() {
        [year, month, day] => {
            year.len() == 4
                && (year.starts_with("19") || year.starts_with("20"))
                && within(month, 12)
                && within(day, 31)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_identifies_somebody_is_masked_and_the_rest_stays() {
        let table = [
            ("Where is my parcel?", "Where is my parcel?"),
            ("Mail me at li.na@shop.test, please", "Mail me at l•••@shop.test, please"),
            ("<li.na@shop.test>", "<l•••@shop.test>"),
            ("邮箱li@shop.test。谢谢", "邮箱l•••@shop.test。谢谢"),
            ("call 138 1234 5678 now", "call ••• •••• 5678 now"),
            ("+86-138-1234-5678", "+••-•••-••••-5678"),
            ("(020) 7946-0958", "(•••) ••••-0958"),
            ("电话13812345678，快", "电话•••••••5678，快"),
            ("card 4111 1111 1111 1111", "card •••• •••• •••• 1111"),
            ("身份证11010119900307123X", "身份证••••••••••••••123X"),
            ("order A-20771", "order A-•0771"),
            ("order 2077", "order 2077"),
            ("since 2026-11-22 at 10:30", "since 2026-11-22 at 10:30"),
            ("paid 129.00 of 1,299.00", "paid 129.00 of 1,299.00"),
            ("5 of 12 parcels", "5 of 12 parcels"),
            ("１３８１２３４５６７８", "•••••••５６７８"),
            ("555.123.4567", "•••.•••.4567"),
            ("a@b @home @", "a•••@b @home @"),
            ("", ""),
        ];
        for (text, masked) in table {
            assert_eq!(mask(text), masked, "{text}");
        }
    }

    #[test]
    fn a_name_cannot_turn_the_line_around() {
        assert_eq!(mask("invoice\u{202E}fdp.exe\nsecond"), "invoicefdp.exe second");
    }
}
