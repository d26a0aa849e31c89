//! The release app's API in one process that stays: calls go in on a pipe, each answer says what the call took inside.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    failure::{Failure, Result, While},
    place, process,
};

pub struct Session {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Milliseconds until the workspace was open.
    pub opening: f64,
}

#[derive(Deserialize)]
struct Said {
    milliseconds: f64,
    #[serde(default)]
    answer: Value,
    problem: Option<Value>,
}

impl Session {
    pub fn open(workspace: &Path) -> Result<Session> {
        let mut foredeck = process::command(place::app("release"));
        foredeck.arg("--workspace").arg(workspace).arg("calls");
        foredeck.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = foredeck.spawn().during(|| "the app can't be started".into())?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (questions, answers) = pipes.ok_or_else(|| Failure::new("the app has no pipes"))?;
        let answers = BufReader::new(answers);
        let mut session = Session { process, questions: Some(questions), answers, opening: 0.0 };
        session.opening = session.hear()?.milliseconds;
        Ok(session)
    }

    /// The answer, and how many milliseconds the call took.
    pub fn call<T: DeserializeOwned>(&mut self, name: &str, args: &Value) -> Result<(T, f64)> {
        let line = json!({ "name": name, "args": args }).to_string();
        let pipe = self.questions.as_mut().ok_or_else(|| Failure::new("the session is over"))?;
        writeln!(pipe, "{line}").and_then(|()| pipe.flush()).during(|| format!("`{name}` can't be asked"))?;
        let said = self.hear()?;
        if let Some(problem) = said.problem {
            return Err(Failure::new(format!("`{line}` was refused: {problem}")));
        }
        let answer = serde_json::from_value(said.answer)
            .during(|| format!("the answer to `{name}` has another shape"))?;
        Ok((answer, said.milliseconds))
    }

    fn hear(&mut self) -> Result<Said> {
        let mut line = String::new();
        self.answers.read_line(&mut line).during(|| "the app answers nothing".into())?;
        serde_json::from_str(&line).during(|| format!("the app answered something else: {line}"))
    }

    /// Lets the app close its workspace.
    pub fn close(mut self) -> Result {
        drop(self.questions.take());
        self.process.wait().during(|| "the app does not end".into()).map(drop)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _already_gone = self.process.wait();
    }
}
