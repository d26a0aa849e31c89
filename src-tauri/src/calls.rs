//! Calls of the desk's API from standard input, one JSON object a line, each answered by one line: for measuring many calls inside
//! one process. Measures the call itself, as a window would make it; never what the pipe costs.

use std::{
    io::{BufRead as _, Write as _},
    time::Instant,
};

use model::{Problem, ProblemCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{opening::Workspace, terminal};

#[derive(Deserialize)]
struct Asked {
    name: String,
    #[serde(default)]
    args: Value,
}

/// Says how long opening took, then answers until there is nothing more to read.
pub async fn answer(workspace: &Workspace) -> Result<bool, Problem> {
    let began = Instant::now();
    let reach = workspace.reach().await?;
    say(&json!({ "milliseconds": since(began), "answer": null }));
    let mut lines = spawn_reader();
    while let Some(line) = lines.recv().await {
        let asked: Asked = serde_json::from_str(&line)
            .map_err(|error| Problem::new(ProblemCode::Invalid).with("field", "line").because(error))?;
        let began = Instant::now();
        let answer: Result<Value, Problem> = reach.call(&asked.name, asked.args).await;
        let milliseconds = since(began);
        say(&match answer {
            Ok(answer) => json!({ "milliseconds": milliseconds, "answer": answer }),
            Err(problem) => json!({ "milliseconds": milliseconds, "problem": problem }),
        });
    }
    reach.close().await;
    Ok(true)
}

fn since(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1000.0
}

fn say(answer: &Value) {
    terminal::answer(&answer.to_string());
    let _whoever_reads_it_is_gone = std::io::stdout().flush();
}

/// Standard input is read on a thread of its own, since reading it blocks.
fn spawn_reader() -> tokio::sync::mpsc::Receiver<String> {
    let (lines, read) = tokio::sync::mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    read
}
