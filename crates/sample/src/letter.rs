//! A plan written out: each message of a thread as the person whose turn it is would write it, with greeting, signature and what they quote.

use model::{
    Address, Automatic, Direction, Millis,
    incoming::{Body, Flags, Incoming},
};
use rand::{Rng, rngs::SmallRng};

use crate::{
    agents::Agent,
    case::Telling,
    files::{self, File},
    grammar, html,
    plan::{Plan, Role, Step},
    quote,
    rng::{For, chance, generator, hash, nth},
    script::Lang,
};

/// A message and the files it comes with; [`Incoming::attachments`] is empty until they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub incoming: Incoming,
    pub files: Vec<File>,
}

/// The messages of `plan` from number `from` on, oldest first.
pub fn letters(seed: u64, plan: &Plan, from: usize) -> Vec<Letter> {
    let mut thread = Thread::of(seed, plan);
    let mut letters: Vec<Letter> = (0..plan.steps.len()).filter_map(|at| thread.write(at)).collect();
    letters.drain(..from.min(letters.len()));
    letters
}

/// What has been written so far.
struct Thread<'a> {
    seed: u64,
    plan: &'a Plan,
    began: Millis,
    subject: String,
    ids: Vec<String>,
    /// The newest message's sender and own words, for whoever quotes it.
    last: Option<quote::Quoted>,
    /// Who answered last, as they sign.
    agent: Option<&'static str>,
}

/// One message on its way.
struct Writing<'a> {
    telling: Telling<'a>,
    agent: Agent,
    step: Step,
    /// How many messages before this one did the same.
    turn: u64,
    /// Whether anybody at the shop has written before.
    answered: bool,
    rng: SmallRng,
}

impl<'a> Thread<'a> {
    fn of(seed: u64, plan: &'a Plan) -> Thread<'a> {
        let began = plan.steps.first().map_or(Millis(0), |step| step.at);
        Thread { seed, plan, began, subject: String::new(), ids: Vec::new(), last: None, agent: None }
    }

    fn write(&mut self, at: usize) -> Option<Letter> {
        let step = *self.plan.steps.get(at)?;
        let number = self.plan.number(at);
        let mut writing = self.writing(at, step, number);
        if at == 0 {
            self.subject = self.first_subject(&mut writing);
        }
        let own = self.own_words(&mut writing);
        let text = self.with_quote(&mut writing, &own);
        let (from, to) = self.sender(&writing);
        let id = message_id(self.seed, number, &from);
        let incoming = Incoming {
            identity: format!("sample:{number}"),
            place: None,
            message_id: Some(id.clone()),
            in_reply_to: self.ids.last().cloned().into_iter().collect(),
            references: self.ids.clone(),
            subject: self.subject_of(&writing, at),
            reply_to: self.reply_to(step),
            cc: self.copied(&writing, at),
            bcc: Vec::new(),
            // The `Date` header knows whole seconds.
            sent_at: Some(Millis(step.at.0 / 1_000 * 1_000).plus(-1_000 * writing.rng.random_range(1..9))),
            received_at: step.at,
            direction: step.direction,
            automatic: self.automatic(step.role),
            calendar: None,
            body: Body { html: self.html(&mut writing, &own, &text), text },
            attachments: Vec::new(),
            flags: self.flags(at, step, &mut writing.rng),
            defects: Vec::new(),
            from: Some(from.clone()),
            to: vec![to],
        };
        let files = self.files(&mut writing);
        self.ids.push(id);
        if step.direction == Direction::Outbound {
            self.agent = Some(writing.telling.agent);
        }
        self.last = Some(quote::Quoted { from, at: step.at, subject: incoming.subject.clone(), words: own });
        Some(Letter { incoming, files })
    }

    fn writing(&self, at: usize, step: Step, number: u64) -> Writing<'a> {
        let case = &self.plan.case;
        let agent = case.answering(step.at);
        let name = match case.lang {
            Lang::Zh => agent.zh.unwrap_or(agent.name),
            Lang::En => agent.en.unwrap_or(agent.name),
        };
        let known = self.agent.filter(|_| step.direction == Direction::Inbound);
        let telling = Telling { case, at: step.at, began: self.began, agent: known.unwrap_or(name) };
        let turn = self.plan.steps.iter().take(at).filter(|before| before.role == step.role).count() as u64;
        let answered = self.agent.is_some();
        Writing { telling, agent, step, turn, answered, rng: generator(self.seed, For::Words, number) }
    }

    fn first_subject(&self, writing: &mut Writing<'_>) -> String {
        let entry = self.plan.oneoff.unwrap_or(&self.plan.case.script.entry);
        let template = entry.say("subject", &mut writing.rng);
        grammar::capitals(writing.telling.tell(template, &mut writing.rng))
    }

    fn subject_of(&self, writing: &Writing<'_>, at: usize) -> String {
        let case = &self.plan.case;
        let habit = if writing.step.direction == Direction::Inbound { case.customer.habit(31) } else { 0 };
        match (at, case.lang, writing.step.role) {
            (0, ..) => self.subject.clone(),
            (_, Lang::Zh, Role::Away) => format!("自动回复：{}", self.subject),
            (_, Lang::En, Role::Away) => format!("Automatic reply: {}", self.subject),
            (_, Lang::Zh, Role::Bounce) => format!("系统退信：{}", self.subject),
            (_, Lang::En, Role::Bounce) => "Undelivered Mail Returned to Sender".to_owned(),
            (_, Lang::Zh, _) => format!("{}{}", nth(&["回复：", "Re: ", "回复: "], habit), self.subject),
            (_, Lang::En, _) => format!("{}{}", nth(&["Re: ", "RE: ", "Re: "], habit), self.subject),
        }
    }

    fn own_words(&self, writing: &mut Writing<'_>) -> String {
        match (writing.step.role, writing.step.direction) {
            (Role::OneOff, _) => {
                let entry = self.plan.oneoff.unwrap_or(&self.plan.case.script.entry);
                let template = entry.say("text", &mut writing.rng);
                writing.telling.tell(template, &mut writing.rng)
            }
            (Role::Away | Role::Bounce, _) => writing.stage(writing.step.role.section()),
            (_, Direction::Inbound) => writing.customer(),
            (_, Direction::Outbound) => writing.shop(),
        }
    }

    fn with_quote(&self, writing: &mut Writing<'_>, own: &str) -> String {
        let likely = match (writing.step.role.by_machine(), writing.step.direction) {
            (true, _) => 0.0,
            (_, Direction::Inbound) => 0.72,
            (_, Direction::Outbound) => 0.55,
        };
        match &self.last {
            Some(last) if chance(&mut writing.rng, likely) => {
                let inbound = writing.step.direction == Direction::Inbound;
                let habit = if inbound { self.plan.case.customer.habit(30) } else { 0 };
                quote::below(own, last, self.plan.case.lang, habit)
            }
            _ => own.to_owned(),
        }
    }

    fn sender(&self, writing: &Writing<'_>) -> (Address, Address) {
        let case = &self.plan.case;
        let shop = writing.agent.address(case.lang);
        let desk = Address { name: self.desk_name(), email: shop.email.clone() };
        match (writing.step.direction, writing.step.role) {
            (Direction::Outbound, _) => (shop, case.customer.address.clone()),
            (_, Role::OneOff) => (self.oneoff_sender(), desk),
            (_, Role::Bounce) => {
                let host = case.customer.address.email.split('@').nth(1).unwrap_or("mail.example");
                let name = if case.lang == Lang::Zh { "系统退信" } else { "Mail Delivery System" };
                (Address { name: name.to_owned(), email: format!("mailer-daemon@{host}") }, desk)
            }
            _ => (case.customer.address.clone(), desk),
        }
    }

    /// What the customer's address book calls the shop.
    fn desk_name(&self) -> String {
        let case = &self.plan.case;
        let names = if case.lang == Lang::Zh {
            ["港湾家居", "", "港湾家居客服"]
        } else {
            ["Harbour Home", "", "Harbour Home Care"]
        };
        nth(&names, case.customer.habit(37)).to_owned()
    }

    fn oneoff_sender(&self) -> Address {
        let entry = self.plan.oneoff.unwrap_or(&self.plan.case.script.entry);
        match entry.field("from").split_once(" <") {
            Some((name, email)) => {
                Address { name: name.to_owned(), email: email.trim_end_matches('>').to_owned() }
            }
            None => self.plan.case.customer.address.clone(),
        }
    }

    fn reply_to(&self, step: Step) -> Vec<Address> {
        let kind = self.plan.oneoff.map_or("", |entry| entry.field("kind"));
        let bulk = step.direction == Direction::Inbound && matches!(kind, "bulk" | "spam");
        let sender = bulk.then(|| self.oneoff_sender());
        let host = sender.as_ref().and_then(|sender| sender.email.split('@').nth(1));
        host.map(|host| Address { name: String::new(), email: format!("reply@{host}") }).into_iter().collect()
    }

    /// Now and then a customer's colleague reads along, from the first mail on.
    fn copied(&self, writing: &Writing<'_>, at: usize) -> Vec<Address> {
        let case = &self.plan.case;
        let office = case.script.family == "invoice" && case.customer.habit(40).is_multiple_of(3);
        if !office || self.plan.oneoff.is_some() || writing.step.role.by_machine() || at > 3 {
            return Vec::new();
        }
        let host = case.customer.address.email.split('@').nth(1).unwrap_or("mail.example");
        let name = if case.lang == Lang::Zh { "财务部" } else { "Accounts" };
        vec![Address { name: name.to_owned(), email: format!("finance{}@{host}", case.customer.number) }]
    }

    fn automatic(&self, role: Role) -> Option<Automatic> {
        let recipient = || vec![self.plan.case.customer.address.email.clone()];
        match role {
            Role::Away => Some(Automatic::AutoReply),
            Role::Bounce => {
                Some(Automatic::Bounce { recipients: recipient(), status: Some("5.2.2".to_owned()) })
            }
            Role::OneOff => match self.plan.oneoff.map_or("", |entry| entry.field("kind")) {
                "bulk" => Some(Automatic::Bulk),
                "away" => Some(Automatic::AutoReply),
                _ => None,
            },
            _ => None,
        }
    }

    fn flags(&self, at: usize, step: Step, rng: &mut SmallRng) -> Flags {
        let later = self.plan.steps.iter().skip(at + 1);
        let answered = step.direction == Direction::Inbound
            && later.clone().any(|step| step.direction == Direction::Outbound);
        let live = self.plan.live.is_some() || self.plan.case.number >= crate::case::Case::LIVE;
        let seen = step.direction == Direction::Outbound || answered || (!live && chance(rng, 0.3));
        Flags { seen, answered, flagged: chance(rng, 0.01) }
    }

    fn html(&self, writing: &mut Writing<'_>, own: &str, text: &str) -> Option<String> {
        let case = &self.plan.case;
        match (self.plan.oneoff, writing.step.role) {
            (Some(entry), _) if !entry.section("html").is_empty() => {
                let template = entry.say("html", &mut writing.rng);
                Some(writing.telling.tell(template, &mut writing.rng))
            }
            (None, Role::Open) if case.script.with == "forward" && case.fact(52).is_multiple_of(2) => {
                Some(html::forwarded_order(&writing.telling, own, &mut writing.rng))
            }
            (None, role) if writing.step.direction == Direction::Inbound && !role.by_machine() => {
                (case.customer.habit(32).is_multiple_of(6)).then(|| html::plain(text))
            }
            _ => None,
        }
    }

    fn files(&self, writing: &mut Writing<'_>) -> Vec<File> {
        let script = self.plan.case.script;
        let wanted = match writing.step.role {
            Role::Open => script.with,
            Role::Reply => script.then,
            Role::Resolve if script.family == "invoice" => "invoice",
            Role::OneOff => self.plan.oneoff.map_or("", |entry| entry.field("with")),
            _ => "",
        };
        files::chosen(wanted, &writing.telling, &mut writing.rng)
    }
}

impl Writing<'_> {
    /// One reading of a text for any matter.
    fn stage(&mut self, section: &str) -> String {
        let template = self.telling.case.lang.stages().say(section, &mut self.rng);
        self.telling.tell(template, &mut self.rng)
    }

    /// Appends one reading of a text for any matter, or the same one always where a habit decides.
    fn habit(&mut self, section: &str, salt: u64, out: &mut String) {
        let case = self.telling.case;
        let template = nth(case.lang.stages().section(section), case.customer.habit(salt));
        out.push_str(&self.telling.tell(template, &mut self.rng));
    }

    /// What the matter's own text, or the one for any matter, says in this role.
    fn said(&mut self) -> String {
        let (role, case) = (self.step.role, self.telling.case);
        let entry = if role.of_script() { &case.script.entry } else { case.lang.stages() };
        let template = match role {
            _ if role.of_script() && self.turn == 0 => entry.say(role.section(), &mut self.rng),
            // A further question and its answer stand at the same place of their sections.
            Role::More | Role::MoreAnswer => nth(entry.section(role.section()), case.fact(51) + self.turn),
            // Nobody says the same twice in a thread.
            _ => nth(entry.section(role.section()), case.fact(role as u64 + 60) + self.turn),
        };
        grammar::capitals(self.telling.tell(template, &mut self.rng))
    }

    fn customer(&mut self) -> String {
        let role = self.step.role;
        let first = role == Role::Open;
        let cold = matches!(role, Role::Press | Role::Again) || (first && self.telling.case.heat == 2);
        let mut out = String::with_capacity(600);
        if chance(&mut self.rng, if first { 0.85 } else { 0.5 }) && (first || !cold) {
            self.habit(if self.answered { "greeting-agent" } else { "greeting" }, 33, &mut out);
            out.push_str("\n\n");
        }
        if first {
            self.mood(&mut out);
        }
        out.push_str(&self.said());
        self.sign(first, cold, &mut out);
        out
    }

    fn sign(&mut self, first: bool, cold: bool, out: &mut String) {
        if chance(&mut self.rng, if first { 0.9 } else { 0.6 }) {
            out.push_str("\n\n");
            match (first, cold) {
                (_, true) => out.push_str(&self.stage("signoff-cold")),
                (true, _) => self.habit("signoff", 34, out),
                (false, _) => self.habit("signoff-short", 34, out),
            }
        }
        if self.telling.case.customer.habit(35).is_multiple_of(3) {
            out.push_str("\n\n");
            self.habit("mobile", 36, out);
        }
    }

    /// How they feel, before they say what they want.
    fn mood(&mut self, out: &mut String) {
        let (section, likely) = match self.telling.case.heat {
            0 => ("warm", 0.25),
            1 => ("annoyed", 0.45),
            _ => ("angry", 0.6),
        };
        if chance(&mut self.rng, likely) {
            out.push_str(&self.stage(section));
            if self.telling.case.lang == Lang::En {
                out.push(' ');
            }
        }
    }

    fn shop(&mut self) -> String {
        let agent = self.agent;
        let (greeting, closing) = match self.telling.case.lang {
            Lang::Zh => (agent.zh_greeting, agent.zh_closing),
            Lang::En => (agent.en_greeting, agent.en_closing),
        };
        let mut out = self.telling.tell(greeting, &mut self.rng);
        out.push_str("\n\n");
        out.push_str(&self.said());
        out.push_str("\n\n");
        out.push_str(&self.telling.tell(closing, &mut self.rng));
        if !agent.signature.is_empty() {
            out.push_str("\n\n");
            out.push_str(agent.signature);
        }
        out
    }
}

/// Unlike any other of the same seed: the number is in it, mixed one to one.
fn message_id(seed: u64, number: u64, from: &Address) -> String {
    let host = from.email.split('@').nth(1).unwrap_or("mail.example");
    let random = hash(seed, For::Facts, !number);
    match random % 3 {
        0 => format!("CA{random:016x}+{number:x}@{host}"),
        1 => format!("{:08X}.{number:X}@{host}", random >> 32),
        _ => format!("tencent_{random:016X}{number:07X}@{host}"),
    }
}
