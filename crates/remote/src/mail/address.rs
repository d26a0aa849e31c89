//! Which addresses mail can be sent to: those that fit into a header and into a command and can mean nothing else there.

use model::{Address, Problem, ProblemCode};

/// Bytes; no mail server takes longer ones.
const LONGEST: usize = 320;
/// What would end an address, or begin another, in a header or a command.
const SPECIAL: &[char] = &['<', '>', '(', ')', '[', ']', ',', ';', ':', '\\', '"', '@'];

/// The address as it is written on the wire. A domain in another script is written in ASCII where that is enough; a name before the `@` that
/// needs more keeps its script, and only some servers take it.
///
/// # Errors
/// `address_invalid` (`address`).
pub(crate) fn deliverable(address: &Address) -> Result<lettre::Address, Problem> {
    let email = address.email.trim();
    let invalid = || Problem::new(ProblemCode::AddressInvalid).with("address", email);
    let (local, domain) = email.rsplit_once('@').ok_or_else(invalid)?;
    let hidden = |c: char| c.is_control() || c.is_whitespace();
    if email.len() > LONGEST || domain.chars().any(hidden) || local.chars().any(char::is_control) {
        return Err(invalid());
    }
    // Quoted names and addresses of machines: lettre knows their grammar.
    if local.starts_with('"') || domain.starts_with('[') {
        return email.parse().map_err(|_| invalid());
    }
    if local.is_empty() || local.contains(SPECIAL) || local.chars().any(hidden) {
        return Err(invalid());
    }
    let ascii = ascii_domain(domain).ok_or_else(invalid)?;
    let written = if local.is_ascii() && !domain.is_ascii() { &ascii } else { domain };
    // Names with dots in odd places exist, and their owners get mail.
    Ok(lettre::Address::new_dangerous(local, written))
}

fn ascii_domain(domain: &str) -> Option<String> {
    match url::Host::parse(domain).ok()? {
        url::Host::Domain(name) if !domain.contains('%') => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(email: &str) -> Option<String> {
        deliverable(&Address { name: String::new(), email: email.to_owned() }).ok().map(|one| one.to_string())
    }

    #[test]
    fn an_address_is_written_as_servers_want_it() {
        for (email, wire) in [
            ("li@shop.test", "li@shop.test"),
            (" Li.Na+a=b@Shop.Test ", "Li.Na+a=b@Shop.Test"),
            ("odd..dots.@docomo.test", "odd..dots.@docomo.test"),
            ("li@中国.test", "li@xn--fiqs8s.test"),
            ("李娜@中国.test", "李娜@中国.test"),
            ("\"li na\"@shop.test", "\"li na\"@shop.test"),
        ] {
            assert_eq!(written(email).as_deref(), Some(wire), "{email}");
        }
    }

    #[test]
    fn what_could_mean_something_else_is_no_address() {
        for email in [
            "",
            "li",
            "@shop.test",
            "li@",
            "a@b@shop.test",
            "a>, <b@shop.test",
            "a b@shop.test",
            "li@shop.test\r\nRCPT TO:<x@y.test>",
            "li\n@shop.test",
            "\"a\r\nb\"@shop.test",
            "li@shop test",
            "li@10.0.0.1",
            "li@a%41.test",
            "li@<script>",
            "a,b@shop.test",
        ] {
            assert_eq!(written(email), None, "{email:?}");
        }
        assert_eq!(written(&format!("{}@shop.test", "a".repeat(400))), None);
    }
}
