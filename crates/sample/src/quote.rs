//! What people leave below what they write: the mail they answer, as different mail programs put it.

use std::fmt::Write as _;

use model::{Address, Millis};

use crate::{
    case::{en_weekday, local, month, zh_weekday},
    script::Lang,
};

/// The mail being answered.
#[derive(Debug, Clone)]
pub struct Quoted {
    pub from: Address,
    pub at: Millis,
    pub subject: String,
    pub words: String,
}

/// `own` with `quoted` below it, in the manner of the program that `habit` decides.
pub fn below(own: &str, quoted: &Quoted, lang: Lang, habit: u64) -> String {
    let mut out = String::with_capacity(own.len() + quoted.words.len() * 5 / 4 + 200);
    out.push_str(own);
    out.push_str("\n\n");
    // Writing to a String cannot fail.
    let _ = match (lang, habit % 3) {
        (Lang::Zh, 0) => quoted.mobile_zh(&mut out),
        (Lang::Zh, _) => quoted.block_zh(&mut out),
        (Lang::En, 2) => quoted.outlook(&mut out),
        (Lang::En, _) => quoted.wrote(&mut out),
    };
    out
}

impl Quoted {
    fn mobile_zh(&self, out: &mut String) -> std::fmt::Result {
        let at = local(self.at);
        writeln!(
            out,
            "在 {}年{}月{}日{}，{:02}:{:02}，{} <{}> 写道：\n",
            at.year(),
            at.month(),
            at.day(),
            zh_weekday(at.weekday()),
            at.hour(),
            at.minute(),
            self.from.label(),
            self.from.email
        )?;
        self.marked(out);
        Ok(())
    }

    fn block_zh(&self, out: &mut String) -> std::fmt::Result {
        let at = local(self.at);
        writeln!(out, "------------------ 原始邮件 ------------------")?;
        writeln!(out, "发件人: \"{}\" <{}>;", self.from.label(), self.from.email)?;
        write!(out, "发送时间: {}年{}月{}日", at.year(), at.month(), at.day())?;
        writeln!(out, "({}) {:02}:{:02}", zh_weekday(at.weekday()), at.hour(), at.minute())?;
        writeln!(out, "主题: {}\n", self.subject)?;
        out.push_str(&self.words);
        Ok(())
    }

    fn wrote(&self, out: &mut String) -> std::fmt::Result {
        let at = local(self.at);
        let (weekday, month) = (three(en_weekday(at.weekday())), three(month(at.month())));
        writeln!(
            out,
            "On {weekday}, {} {month} {} at {:02}:{:02}, {} <{}> wrote:\n",
            at.day(),
            at.year(),
            at.hour(),
            at.minute(),
            self.from.label(),
            self.from.email
        )?;
        self.marked(out);
        Ok(())
    }

    fn outlook(&self, out: &mut String) -> std::fmt::Result {
        let at = local(self.at);
        writeln!(out, "-----Original Message-----\nFrom: {} <{}>", self.from.label(), self.from.email)?;
        write!(out, "Sent: {}, {} {}", en_weekday(at.weekday()), at.day(), month(at.month()))?;
        writeln!(out, " {} {:02}:{:02}\nSubject: {}\n", at.year(), at.hour(), at.minute(), self.subject)?;
        out.push_str(&self.words);
        Ok(())
    }

    fn marked(&self, out: &mut String) {
        for line in self.words.lines() {
            out.push_str(if line.is_empty() { ">" } else { "> " });
            out.push_str(line);
            out.push('\n');
        }
        out.truncate(out.trim_end().len());
    }
}

fn three(word: &str) -> &str {
    word.get(..3).unwrap_or(word)
}
