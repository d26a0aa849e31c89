//! What Harbour Home sells, who carries it, and what it is advertised with.

use std::fmt::Write as _;

use crate::script::Lang;

/// What can go wrong with a thing depends on what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Ceramic,
    Decor,
    Glass,
    Kettle,
    Electric,
    Lamp,
    Textile,
    /// Cut to a size: curtains, tablecloths, mats.
    Cloth,
    Wood,
    Furniture,
    Metal,
    Tea,
    Pantry,
}

impl Class {
    pub fn from_word(word: &str) -> Option<Class> {
        Some(match word {
            "ceramic" => Class::Ceramic,
            "decor" => Class::Decor,
            "glass" => Class::Glass,
            "kettle" => Class::Kettle,
            "electric" => Class::Electric,
            "lamp" => Class::Lamp,
            "textile" => Class::Textile,
            "cloth" => Class::Cloth,
            "wood" => Class::Wood,
            "furniture" => Class::Furniture,
            "metal" => Class::Metal,
            "tea" => Class::Tea,
            "pantry" => Class::Pantry,
            _ => return None,
        })
    }
}

/// English names begin with a consonant, so that "a" is always right before them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Product {
    pub class: Class,
    pub zh: &'static str,
    /// What a customer calls it.
    pub zh_noun: &'static str,
    /// The measure word.
    pub zh_unit: &'static str,
    pub yuan: u32,
    pub en: &'static str,
    pub en_noun: &'static str,
    pub dollars: u32,
}

impl Product {
    pub fn name(&self, lang: Lang) -> &'static str {
        if lang == Lang::Zh { self.zh } else { self.en }
    }

    pub fn noun(&self, lang: Lang) -> &'static str {
        if lang == Lang::Zh { self.zh_noun } else { self.en_noun }
    }

    pub fn price(&self, lang: Lang) -> u32 {
        if lang == Lang::Zh { self.yuan } else { self.dollars }
    }
}

macro_rules! products {
    ($($class:ident $zh:literal $zh_noun:literal $zh_unit:literal $yuan:literal, $en:literal $en_noun:literal $dollars:literal;)+) => {
        pub static PRODUCTS: &[Product] = &[$(Product {
            class: Class::$class, zh: $zh, zh_noun: $zh_noun, zh_unit: $zh_unit, yuan: $yuan, en: $en, en_noun: $en_noun, dollars: $dollars,
        }),+];
    };
}

products! {
    Ceramic "青瓷茶具六件套" "茶具" "套" 1280, "celadon tea set" "tea set" 179;
    Ceramic "汝窑盖碗三件套" "盖碗" "套" 468, "Ru-glaze gaiwan" "gaiwan" 66;
    Ceramic "龙泉窑主人杯" "杯子" "只" 198, "Longquan master cup" "cup" 28;
    Decor "手绘青花茶叶罐" "茶叶罐" "个" 258, "hand-painted tea caddy" "caddy" 36;
    Ceramic "粗陶侧把壶" "茶壶" "把" 388, "stoneware side-handle teapot" "teapot" 54;
    Decor "影青刻花餐盘四只装" "餐盘" "套" 528, "carved porcelain plate set" "plate set" 74;
    Decor "窑变釉花瓶" "花瓶" "只" 698, "flambé-glaze vase" "vase" 98;
    Ceramic "白瓷马克对杯" "马克杯" "对" 168, "white porcelain mug pair" "mug pair" 24;
    Ceramic "建盏油滴茶盏" "茶盏" "只" 880, "Jianzhan tea bowl" "tea bowl" 124;
    Glass "耐热玻璃冷水壶" "冷水壶" "把" 139, "heat-proof glass carafe" "carafe" 19;
    Glass "手工吹制威士忌杯" "酒杯" "只" 228, "hand-blown whisky tumbler" "tumbler" 32;
    Glass "锤纹玻璃公道杯" "公道杯" "只" 79, "hammered glass pitcher" "pitcher" 12;
    Decor "彩色玻璃烛台" "烛台" "个" 149, "stained-glass candle holder" "candle holder" 21;
    Kettle "手冲细嘴壶 0.9L" "手冲壶" "把" 469, "pour-over kettle 0.9 l" "kettle" 66;
    Kettle "温控电热水壶" "热水壶" "把" 599, "temperature-control kettle" "kettle" 84;
    Kettle "电陶炉煮茶器" "煮茶器" "台" 739, "ceramic tea stove" "tea stove" 104;
    Electric "静音加湿器" "加湿器" "台" 329, "quiet humidifier" "humidifier" 46;
    Electric "香薰扩香机" "香薰机" "台" 269, "cedar aroma diffuser" "diffuser" 38;
    Electric "恒温杯垫" "杯垫" "个" 129, "mug warmer" "mug warmer" 18;
    Lamp "纸灯笼落地灯" "落地灯" "盏" 899, "paper lantern floor lamp" "floor lamp" 126;
    Lamp "黄铜床头灯" "床头灯" "盏" 459, "brass bedside lamp" "bedside lamp" 64;
    Lamp "竹编吊灯" "吊灯" "盏" 568, "woven bamboo pendant light" "pendant light" 79;
    Electric "可充电露营灯" "露营灯" "盏" 189, "rechargeable camping lantern" "lantern" 26;
    Lamp "云石台灯" "台灯" "盏" 1099, "marble table lamp" "table lamp" 154;
    Cloth "亚麻窗帘" "窗帘" "幅" 356, "linen curtain" "curtain" 50;
    Textile "羊毛盖毯" "毯子" "条" 520, "wool throw" "throw" 73;
    Textile "全棉四件套" "四件套" "套" 699, "cotton bedding set" "bedding" 98;
    Cloth "蓝印花布桌布" "桌布" "块" 238, "blue-print tablecloth" "tablecloth" 33;
    Textile "桑蚕丝枕套" "枕套" "个" 299, "mulberry silk pillowcase" "pillowcase" 42;
    Cloth "手织棉麻地垫" "地垫" "块" 268, "hand-woven floor mat" "mat" 38;
    Textile "华夫格浴巾" "浴巾" "条" 118, "waffle bath towel" "towel" 17;
    Wood "胡桃木茶盘" "茶盘" "个" 639, "walnut tea tray" "tray" 90;
    Furniture "竹制收纳架" "架子" "个" 349, "bamboo shelf" "shelf" 49;
    Furniture "榉木小边几" "边几" "张" 890, "beech side table" "side table" 125;
    Wood "香樟木首饰盒" "首饰盒" "个" 420, "camphor jewellery box" "jewellery box" 59;
    Furniture "折叠茶桌" "茶桌" "张" 1180, "folding tea table" "tea table" 165;
    Metal "铸铁壶" "铁壶" "把" 960, "cast-iron teapot" "teapot" 135;
    Metal "珐琅汤锅 24cm" "汤锅" "口" 799, "cream enamel stockpot" "stockpot" 112;
    Tea "明前龙井 100g" "龙井" "罐" 388, "spring Longjing tea, 100 g" "tea" 55;
    Tea "凤凰单丛礼盒" "单丛" "盒" 468, "Phoenix Dancong gift box" "gift box" 66;
    Pantry "老山檀线香" "线香" "盒" 158, "sandalwood incense box" "incense" 22;
    Pantry "大豆蜡香氛蜡烛" "蜡烛" "个" 158, "soy wax candle" "candle" 22;
}

/// The goods of these classes; all of them when none is named.
pub fn of(classes: impl Iterator<Item = Class>) -> Vec<&'static Product> {
    let classes: Vec<Class> = classes.collect();
    PRODUCTS.iter().filter(|product| classes.is_empty() || classes.contains(&product.class)).collect()
}

pub const CARRIERS_ZH: &[&str] = &["海丰速运", "云达快递", "极兔邮", "中程快递", "同城闪送"];
pub const CARRIERS_EN: &[&str] =
    &["Northlane", "Parcelway", "BlueKite Express", "Royal Courier", "Seabright Post"];

pub const PROMOS_ZH: &[&str] =
    &["秋茶节", "会员日", "开学季", "双十一预售", "周五直播间", "乔迁季", "年中大促"];
pub const PROMOS_EN: &[&str] = &[
    "Autumn Tea Week",
    "Members' Day",
    "the Mid-Season Sale",
    "Friday Live",
    "the Housewarming Edit",
    "Black Friday preview",
];
pub const CODES: &[&str] =
    &["HARBOUR15", "TEAWEEK20", "WELCOME10", "LIVE50", "MEMBER88", "HOME200", "AUTUMN12"];

pub const COLOURS_ZH: &[&str] = &["月白", "烟灰", "雾蓝", "墨绿", "米色", "天青", "砖红", "原木色", "藏青"];
pub const COLOURS_EN: &[&str] =
    &["sage green", "charcoal", "mist blue", "cream", "rust", "natural", "navy", "sand", "forest green"];

pub const OCCASIONS_ZH: &[&str] = &[
    "我妈六十岁生日",
    "爸妈结婚四十周年",
    "朋友乔迁",
    "公司开业",
    "导师退休",
    "闺蜜的婚礼",
    "孩子的满月酒",
    "教师节",
    "岳父的寿宴",
    "新店试营业",
    "外公八十大寿",
    "我们的结婚纪念日",
];
pub const OCCASIONS_EN: &[&str] = &[
    "my mother's sixtieth birthday",
    "our anniversary",
    "my sister's wedding",
    "a housewarming",
    "my boss's farewell",
    "a christening",
    "my parents' ruby wedding",
    "a thank-you dinner",
    "our shop's opening",
    "my daughter's graduation",
    "a retirement party",
    "Grandma's ninetieth",
];

/// Writes an amount as people of this language do: `¥1,280` or `$179.00`.
pub fn write_money(out: &mut String, lang: Lang, amount: u32) {
    let (thousands, rest) = (amount / 1_000, amount % 1_000);
    out.push(if lang == Lang::Zh { '¥' } else { '$' });
    // Writing to a String cannot fail.
    let _ = match thousands {
        0 => write!(out, "{rest}"),
        _ => write!(out, "{thousands},{rest:03}"),
    };
    if lang == Lang::En {
        out.push_str(".00");
    }
}
