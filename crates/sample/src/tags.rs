//! What the shop calls its matters and its customers: tags the desk applies after the first fill, since a mailbox cannot hold them.

use crate::script::Lang;

/// What a tag is put on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tagged {
    /// The customer with this mail address.
    Customer(String),
    /// The ticket of the message with this [`model::incoming::Incoming::identity`].
    Ticket(String),
}

/// The tag of a family of matters, as a shop working in `lang` names it.
pub fn family(family: &str, lang: Lang) -> &'static str {
    let (zh, en) = match family {
        "damaged" => ("运输破损", "Damaged in transit"),
        "late" => ("物流延迟", "Late delivery"),
        "wrong" => ("错发漏发", "Wrong or missing item"),
        "refund" => ("退款", "Refund"),
        "return" => ("退换货", "Return"),
        "invoice" => ("发票", "Invoice"),
        "address" => ("改地址", "Address change"),
        "promo" => ("优惠活动", "Promotion"),
        "login" => ("账号登录", "Account"),
        "question" => ("商品咨询", "Product question"),
        "fault" => ("质量问题", "Quality"),
        "complaint" => ("投诉", "Complaint"),
        "praise" => ("表扬", "Praise"),
        "business" => ("企业采购", "Business order"),
        _ => ("其他", "Other"),
    };
    if lang == Lang::Zh { zh } else { en }
}

/// What is known of a customer, by their habits.
pub fn customer(habit: u64, lang: Lang) -> &'static str {
    const ZH: [&str; 8] =
        ["老顾客", "茶友", "注重包装", "喜欢简短回复", "企业客户", "送礼", "收藏爱好者", "直播间下单"];
    const EN: [&str; 8] = [
        "Returning",
        "Tea lover",
        "Careful about packing",
        "Likes brevity",
        "Business",
        "Buys gifts",
        "Collector",
        "Orders from livestreams",
    ];
    crate::rng::nth(if lang == Lang::Zh { &ZH } else { &EN }, habit)
}
