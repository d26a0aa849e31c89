//! The names people, places and firms of the sample have. All invented; every domain is under `.example`, which nobody can own.

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Given {
    #[default]
    Woman,
    Man,
}
use Given::{Man, Woman};

/// Surname and pinyin, each spelling once.
pub const ZH_SURNAMES: &[(&str, &str)] = &[
    ("林", "lin"), ("王", "wang"), ("李", "li"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"), ("赵", "zhao"),
    ("黄", "huang"), ("周", "zhou"), ("吴", "wu"), ("徐", "xu"), ("孙", "sun"), ("胡", "hu"), ("朱", "zhu"), ("高", "gao"), ("何", "he"),
    ("郭", "guo"), ("马", "ma"), ("罗", "luo"), ("梁", "liang"), ("宋", "song"), ("郑", "zheng"), ("谢", "xie"), ("韩", "han"),
    ("唐", "tang"), ("冯", "feng"), ("董", "dong"), ("程", "cheng"), ("曹", "cao"), ("袁", "yuan"), ("邓", "deng"), ("许", "hsu"),
    ("沈", "shen"), ("曾", "zeng"), ("彭", "peng"), ("吕", "lv"), ("苏", "su"), ("蒋", "jiang"), ("蔡", "cai"), ("欧阳", "ouyang"),
    ("丁", "ding"), ("魏", "wei"), ("薛", "xue"), ("叶", "ye"), ("阎", "yan"), ("司徒", "situ"), ("潘", "pan"),
];

/// Given name and pinyin, each spelling once.
pub const ZH_GIVEN: &[(&str, &str, Given)] = &[
    ("静怡", "jingyi", Woman), ("敏", "min", Woman), ("思远", "siyuan", Man), ("婷", "ting", Woman), ("伟", "wei", Man),
    ("洋", "yang", Man), ("志远", "zhiyuan", Man), ("雨桐", "yutong", Woman), ("子轩", "zixuan", Man), ("欣怡", "xinyi", Woman),
    ("浩然", "haoran", Man), ("梓涵", "zihan", Woman), ("建国", "jianguo", Man), ("秀英", "xiuying", Woman), ("丽华", "lihua", Woman),
    ("晓东", "xiaodong", Man), ("佳琪", "jiaqi", Woman), ("文博", "wenbo", Man), ("若曦", "ruoxi", Woman), ("国强", "guoqiang", Man),
    ("诗涵", "shihan", Woman), ("宇航", "yuhang", Man), ("雪梅", "xuemei", Woman), ("俊杰", "junjie", Man), ("慧敏", "huimin", Woman),
    ("天佑", "tianyou", Man), ("语嫣", "yuyan", Woman), ("嘉豪", "jiahao", Man), ("悦", "yue", Woman), ("磊", "lei", Man),
    ("春燕", "chunyan", Woman), ("海涛", "haitao", Man), ("可欣", "kexin", Woman), ("一鸣", "yiming", Man), ("美玲", "meiling", Woman),
    ("振华", "zhenhua", Man), ("小雅", "xiaoya", Woman), ("明轩", "mingxuan", Man), ("芷若", "zhiruo", Woman), ("学军", "xuejun", Man),
    ("安琪", "anqi", Woman), ("凯文", "kaiwen", Man), ("倩", "qian", Woman), ("鹏飞", "pengfei", Man), ("念慈", "nianci", Woman),
    ("承志", "chengzhi", Man), ("晚晴", "wanqing", Woman), ("昊", "hao", Man), ("桂兰", "guilan", Woman), ("景行", "jingxing", Man),
    ("瑶", "yao", Woman), ("少华", "shaohua", Man), ("清照", "qingzhao", Woman), ("立群", "liqun", Man), ("沐阳", "muyang", Man),
    ("疏影", "shuying", Woman), ("冬青", "dongqing", Woman), ("元培", "yuanpei", Man), ("曼丽", "manli", Woman), ("守义", "shouyi", Man),
];

pub const ZH_NICKNAMES: &[&str] = &[
    "爱喝茶的小鹿🦌", "一杯清茶", "糖糖妈妈", "老周说器物", "半夏", "喵小姐的厨房🐱", "A南巷茶舍", "山里的风", "橘子汽水", "Lucky🍀", "不吃香菜", "阿宽", "静水流深", "大林哥", "木木夕",
];
pub const ZH_DEPARTMENTS: &[&str] = &[
    "恒远贸易采购部", "云栖酒店管理有限公司行政部", "青禾设计", "半日闲茶馆", "上海某律师事务所行政", "拾光文化传播有限公司杭州分公司",
];
pub const ZH_HOSTS: &[&str] = &[
    "qq.example", "163.example", "mail.example", "126.example", "qq.example", "sina.example", "foxmail.example", "outlook.example",
];
pub const ZH_CITIES: &[&str] = &[
    "杭州", "上海", "北京", "深圳", "广州", "成都", "苏州", "南京", "武汉", "西安", "重庆", "长沙", "厦门", "青岛", "宁波", "郑州", "昆明", "沈阳",
];
pub const ZH_STREETS: &[&str] = &[
    "文三路", "中山北路", "建国门外大街", "科苑南路", "天府大道", "平江路", "解放路", "滨江西路", "湖滨南路", "人民东路", "学府街", "梧桐巷",
];
pub const ZH_ESTATES: &[&str] =
    &["翠苑小区", "金地花园", "云栖里", "滨江一号", "望京西园", "锦绣江南", "凤凰城", "春江花月"];
pub const ZH_FIRMS: &[&str] = &[
    "恒远贸易", "青禾设计", "云栖酒店管理", "拾光文化传播", "半日闲餐饮", "明德教育科技", "锐格信息技术", "同和堂健康管理",
];

/// Names that go together, and where their bearers live.
#[derive(Debug, Clone, Copy, Default)]
pub struct Culture {
    pub first: &'static [&'static str],
    pub last: &'static [&'static str],
    pub cities: &'static [&'static str],
}

pub const CULTURES: &[Culture] = &[
    Culture {
        first: &[
            "Daniel", "Hannah", "Oliver", "Grace", "Marcus", "Emily", "Jack", "Charlotte", "Ben", "Lucy", "Simon", "Ruth",
        ],
        last: &[
            "Becker-Shaw", "Grant", "Webb", "Thornton", "Hughes", "Whitfield", "Pryce", "Hargreaves", "Doyle", "Marsh", "Ellison",
        ],
        cities: &["London", "Leeds", "Bristol", "Edinburgh"],
    },
    Culture {
        first: &[
            "Tyler", "Megan", "Jordan", "Ashley", "Carlos", "Denise", "Malik", "Brooke", "Wyatt", "Keisha", "Ryan", "Dana",
        ],
        last: &[
            "Johnson", "Kowalski", "Rivera", "Brooks", "Nguyen", "Patterson", "O'Connell", "Washington", "Schmidt", "Foster",
            "Delgado",
        ],
        cities: &["Seattle", "Austin", "Chicago", "Brooklyn", "Portland"],
    },
    Culture {
        first: &[
            "Priya", "Arjun", "Ananya", "Vikram", "Kavya", "Rohan", "Meera", "Sanjay", "Divya", "Nikhil", "Lakshmi", "Farhan",
        ],
        last: &[
            "Nair", "Sharma", "Iyer", "Banerjee", "Reddy", "Kapoor", "Desai", "Chatterjee", "Menon", "Qureshi", "Subramanian",
        ],
        cities: &["Bengaluru", "Mumbai", "Pune", "Singapore"],
    },
    Culture {
        first: &[
            "Sofia", "Lars", "Astrid", "Erik", "Freja", "Magnus", "Ingrid", "Søren", "Linnea", "Håkon", "Maja", "Nils",
        ],
        last: &[
            "Lindqvist", "Nygård", "Sørensen", "Bergström", "Dahl", "Østergaard", "Åkesson", "Holm", "Virtanen", "Korhonen", "Lund",
        ],
        cities: &["Stockholm", "Copenhagen", "Oslo", "Helsinki"],
    },
    Culture {
        first: &[
            "Anna", "Jonas", "Katharina", "Lukas", "Jürgen", "Greta", "Felix", "Heike", "Moritz", "Sabine", "Björn", "Lena",
        ],
        last: &[
            "Müller", "Hoffmann", "Schäfer", "Vogt", "Krämer", "Lindner", "Weiß", "Brandt", "Huber", "Zimmermann", "Köhler",
        ],
        cities: &["Berlin", "Hamburg", "Munich", "Vienna", "Zürich"],
    },
    Culture {
        first: &[
            "Camille", "Julien", "Amélie", "Théo", "Margaux", "Étienne", "Chloé", "Baptiste", "Inès", "Loïc", "Manon", "Hugo",
        ],
        last: &[
            "Dubois", "Lefèvre", "Moreau", "Garnier", "Rousseau", "Delacroix", "Fontaine", "Marchand", "Le Goff", "Perrin",
            "Benoît",
        ],
        cities: &["Paris", "Lyon", "Brussels", "Montréal"],
    },
    Culture {
        first: &[
            "Aisha", "Omar", "Layla", "Yusuf", "Noor", "Karim", "Huda", "Tariq", "Salma", "Bilal", "Zainab", "Hassan",
        ],
        last: &[
            "Rahman", "Haddad", "Al-Sayed", "Khan", "Mansour", "Farouk", "Aziz", "Siddiqui", "Nasser", "Hosseini", "Malik",
        ],
        cities: &["Dubai", "Cairo", "Birmingham", "Toronto"],
    },
    Culture {
        first: &[
            "Lucía", "Mateo", "Valentina", "Diego", "Inés", "Álvaro", "Camila", "Joaquín", "Elena", "Tomás", "Renata", "Pablo",
        ],
        last: &[
            "García", "Fernández", "Ibáñez", "Castro", "Muñoz", "Herrera", "Vega", "Ortiz", "Salazar", "Núñez", "Quiroga",
        ],
        cities: &["Madrid", "Barcelona", "Buenos Aires", "Mexico City"],
    },
    Culture {
        first: &[
            "Yuki", "Haruto", "Sakura", "Kenji", "Aiko", "Ren", "Minji", "Junho", "Seoyeon", "Hana", "Daisuke", "Emi",
        ],
        last: &[
            "Tanaka", "Sato", "Yamamoto", "Kobayashi", "Ito", "Park", "Choi", "Kim", "Nakamura", "Watanabe", "Jung",
        ],
        cities: &["Tokyo", "Osaka", "Seoul", "Sydney"],
    },
    Culture {
        first: &[
            "Chinedu", "Amara", "Kwame", "Zanele", "Ifeoma", "Tunde", "Nia", "Kofi", "Thandiwe", "Abena", "Sipho", "Wanjiru",
        ],
        last: &[
            "Okafor", "Mensah", "Dlamini", "Adeyemi", "Nkosi", "Kamau", "Eze", "Boateng", "Mwangi", "Balogun", "Osei",
        ],
        cities: &["Lagos", "Accra", "Cape Town", "Nairobi", "Manchester"],
    },
    Culture {
        first: &[
            "Katarzyna", "Piotr", "Zuzana", "Ondřej", "Małgorzata", "Milan", "Ilona", "Bogdan", "Irina", "Andrei", "Dora", "Marek",
        ],
        last: &[
            "Nowak", "Kovács", "Dvořák", "Wiśniewska", "Popescu", "Horváth", "Zieliński", "Svoboda", "Petrov", "Łukasik",
            "Marković",
        ],
        cities: &["Warsaw", "Prague", "Budapest", "Bucharest"],
    },
    Culture {
        first: &[
            "Giulia", "Matteo", "Chiara", "Luca", "Beatriz", "João", "Francesca", "Rafael", "Marta", "Tiago", "Elisa", "Davide",
        ],
        last: &[
            "Rossi", "Conti", "Silva", "Esposito", "Gonçalves", "Ferrari", "Almeida", "Ricci", "Figueiredo", "Moretti", "Carvalho",
        ],
        cities: &["Milan", "Rome", "Lisbon", "São Paulo"],
    },
    Culture {
        first: &[
            "Vivian", "Jason", "Mei", "Kelvin", "Grace", "Adrian", "Wei Ling", "Eugene", "Joyce", "Desmond", "Cheryl", "Alvin",
        ],
        last: &["Tan", "Lim", "Cheung", "Leung", "Ng", "Goh", "Yip", "Teo", "Kwok", "Chua", "Ong"],
        cities: &["Singapore", "Hong Kong", "Kuala Lumpur", "Vancouver"],
    },
];

/// Name, how an agent addresses them, the local part of the address, city.
pub const SINGULAR: &[(&str, &str, &str, &str)] = &[
    ("נועה לוי", "Noa", "noa.levi", "Tel Aviv"),
    (
        "María del Carmen Fernández-Villaverde y Gómez de la Serna", "Carmen", "mc.fernandezvillaverde", "Seville",
    ),
    ("ليلى حداد", "Layla", "layla.haddad.design", "Beirut"), ("J", "J", "j", "Melbourne"),
    (
        "Accounts Payable, Whitcombe & Daughters Tea Merchants (Holdings) Ltd", "team", "accounts.whitcombe", "York",
    ),
    ("Ελένη Παπαδοπούλου", "Eleni", "eleni.papadopoulou", "Athens"), ("🌸 Hana 🌸", "Hana", "hana.blossom", "Kyoto"),
    ("Wolfeschlegelsteinhausenbergerdorff, Hubert B.", "Hubert", "hubert.wolfe", "Philadelphia"),
    ("Анна Ковалёва", "Anna", "a.kovaleva", "Tallinn"), ("ณัฐพงษ์ ศรีสวัสดิ์", "Nattapong", "nattapong.s", "Bangkok"),
];

pub const EN_HOSTS: &[&str] = &[
    "mail.example", "gmail.example", "outlook.example", "post.example", "icloud.example", "fastpost.example", "proton.example",
    "yahoo.example",
];
pub const EN_COMPANIES: &[&str] =
    &["Alder & Finch Interiors", "The Corner Teahouse", "Brightwater Hotels", "Studio Nord", "Marlow Events"];
pub const EN_STREETS: &[&str] = &[
    "Maple Avenue", "Station Road", "Kirkgate", "Harbour View", "Linden Street", "Old Mill Lane", "Queen's Crescent",
    "Rue des Lilas", "Sycamore Drive", "Canal Street",
];

/// The letters an address has for a letter of a name.
pub fn ascii(c: char) -> impl Iterator<Item = char> {
    let folded: &'static str = match c.to_lowercase().next().unwrap_or(c) {
        'á' | 'à' | 'â' | 'ã' | 'å' | 'ă' => "a",
        'ä' | 'æ' => "ae",
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'í' | 'ï' | 'î' => "i",
        'ó' | 'ô' | 'õ' => "o",
        'ö' | 'ø' => "oe",
        'ú' | 'û' => "u",
        'ü' => "ue",
        'ñ' | 'ń' => "n",
        'ç' | 'ć' | 'č' => "c",
        'ł' => "l",
        'ř' => "r",
        'š' | 'ś' => "s",
        'ß' => "ss",
        'ý' => "y",
        'ž' | 'ź' | 'ż' => "z",
        _ => "",
    };
    let plain = c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase());
    plain.into_iter().chain(folded.chars())
}
