//! Letters as each program writes them. `|` begins a quoted line and `~` a signature in the expectations.

use proptest::prelude::*;

use super::*;

/// Each line with a mark of its segment's kind.
fn shape(text: &str) -> String {
    let mut out = String::new();
    for segment in fold(text) {
        let mark = match segment.kind {
            SegmentKind::New => "",
            SegmentKind::Quote => "|",
            SegmentKind::Signature => "~",
        };
        for line in segment.text.split_inclusive('\n') {
            out.push_str(mark);
            out.push_str(line);
        }
    }
    out
}

/// `marked` is the expected shape; the text itself is `marked` without its marks.
fn holds(marked: &str) {
    let text: String =
        marked.split_inclusive('\n').map(|line| line.strip_prefix(['|', '~']).unwrap_or(line)).collect();
    assert_eq!(shape(&text), marked);
}

#[test]
fn what_each_program_quotes_is_folded() {
    for marked in [
        "Thanks!\n\n|On Sun, 1 Mar 2026 at 10:00, Care <care@shop.test> wrote:\n|\n|> Did it come?\n|> Regards\n",
        "Thanks!\n\n|On Sun, 1 Mar 2026 at 10:00, Care at the Shop\n|<care@shop.test> wrote:\n|\n|> Did it come?\n",
        "谢谢\n\n|在 2026年3月1日，10:00，客服 <care@shop.test> 写道：\n|\n|> 收到了吗？\n",
        "谢谢\n|客服 <care@shop.test> 于2026年3月1日周日 上午10:00写道：\n|> 收到了吗？\n",
        "谢谢\n\n|At 2026-03-01 10:00:00, \"客服\" <care@shop.test> wrote:\n|\n|收到了吗？\n|祝好\n",
        "谢谢\n\n|------------------ 原始邮件 ------------------\n|发件人: \"客服\" <care@shop.test>;\n|发送时间: 2026年3月1日\n|\n|收到了吗？\n",
        "谢谢\n|------------------&nbsp;原始邮件&nbsp;------------------\n|收到了吗？\n",
        "好的\n\n|---- 回复的原邮件 ----\n|| 发件人 | 客服<care@shop.test> |\n|收到了吗？\n",
        "Thanks\n\n|-----Original Message-----\n|From: Care\n|Sent: Sunday\n|To: Jo\n|Subject: Order\n|\n|Did it come?\n",
        "Thanks\n\n|________________________________\n|From: Care <care@shop.test>\n|Sent: Sunday, March 1, 2026 10:00\n|To: Jo\n|Subject: Order\n|\n|Did it come?\n",
        "Thanks\n\n|*From:* Care <care@shop.test>\n|*Date:* Sunday\n|*To:* Jo\n|*Subject:* Order\n|\n|Did it come?\n",
        "谢谢\n\n|发件人： 客服 <care@shop.test>\n|日期： 2026年3月1日 星期日 10:00\n|收件人： 王小明\n|主题： 订单\n|\n|收到了吗？\n",
        "Danke\n\n|Von: Care\n|Gesendet: Sonntag\n|An: Jo\n|Betreff: Bestellung\n|\n|Ist es da?\n",
        "Merci\n\n|De : Care\n|Envoyé : dimanche\n|À : Jo\n|Objet : Commande\n|\n|Est-il là ?\n",
        "ありがとう\n\n|差出人: Care\n|送信日時: 2026年3月1日\n|宛先: Jo\n|件名: 注文\n|\n|届きましたか\n",
        "Danke\n\n|Am 01.03.2026 um 10:00 schrieb Care <care@shop.test>:\n|> Da?\n",
        "Merci\n\n|Le dim. 1 mars 2026 à 10:00, Care <care@shop.test> a écrit :\n|> Là ?\n",
        "ありがとう\n\n|2026年3月1日(日) 10:00 Care <care@shop.test>:\n|\n|> 届きましたか\n",
    ] {
        holds(marked);
    }
}

#[test]
fn answers_between_quoted_lines_stay_new() {
    holds("|> Which order?\n4411\n\n|> And which colour?\n|> > Blue?\n|\nBlue.\n");
}

#[test]
fn signatures_are_folded_where_they_end_a_letter() {
    for marked in [
        "Hello\n\n~-- \n~Jo Smith\n~Tel 555\n",
        "Hello\n\n~Sent from my iPhone\n",
        "Hello\n~Get Outlook for iOS\n\n",
        "你好\n\n~发自我的iPhone\n",
        "你好\n\n~来自华为手机\n",
        "你好\n\n~来自我的华为手机\n",
        "了解しました\n\n~iPhoneから送信\n",
        "Hello\n\n~Sent from my Galaxy\n\n|On 1 Mar 2026 10:00, Care <care@shop.test> wrote:\n|> Came?\n",
        "Yes\n~-- \n~Jo\n\n|> Came?\n",
    ] {
        let marked = marked
            .replace("iOS\n\n", "iOS\n~\n")
            .replace("Galaxy\n\n", "Galaxy\n~\n")
            .replace("~Jo\n\n|", "~Jo\n~\n|");
        holds(&marked);
    }
}

#[test]
fn what_may_be_new_stays_new() {
    for text in [
        "> only a quote\n> and nothing else\n",
        "-----Original Message-----\nFrom: x\nall of it\n",
        "Sent from my iPhone\n",
        "FYI\n\n---------- Forwarded message ---------\nFrom: Jo <jo@example.test>\nDate: Sunday\nSubject: Broken\nTo: care\n\nIt is broken.\n",
        "请处理\n\n以下是转发的邮件：\n发件人: 王\n日期: 今天\n主题: 碎了\n\n碎了\n",
        "Sent from my brother's account, mine is locked.\n\nPlease help.\nJo\nAnna\n",
        "On 3 March your colleague wrote:\nno refund. That is wrong.\n",
        "From: Beijing\nI would like to send a parcel.\n",
        "The parcel is from: China\nTo: me\n",
        "来自上海的客户端问题，请看附件\n谢谢\n",
    ] {
        assert_eq!(shape(text), text);
    }
}

#[test]
fn a_long_text_under_dashes_is_no_signature() {
    let text = format!("Intro\n--\n{}", "more words\n".repeat(40));
    assert_eq!(shape(&text), text);
}

#[test]
fn absurd_texts_take_linear_time() {
    for line in [">", "On ", "From: a\n", "--\n", "\n", "-----\n", "on 1 a@b\n", "发件人：\n"] {
        fold(&line.repeat(100_000));
    }
}

proptest! {
    #[test]
    fn the_segments_joined_are_the_text(
        text in "(> |On 1 Mar 10:00 a@b wrote:|写道：|-----Original Message-----|From: a|Sent: b|To: c|发件人：x|-- |Sent from my iPhone|\n|\r\n|\r|\\PC{0,6}){0,30}",
    ) {
        let segments = fold(&text);
        let joined: String = segments.iter().map(|segment| segment.text.as_str()).collect();
        prop_assert_eq!(joined, text);
        prop_assert!(segments.windows(2).all(|pair| pair[0].kind != pair[1].kind));
    }
}
