//! One program run to its end, measured whole: how long it took and how much memory it had at its peak.
//!
//! The peak is the kernel's own high-water mark of resident memory (`VmHWM`), read while the program runs, so it may miss
//! what happens in the last milliseconds. On a system without /proc it is not measured.

use std::{
    fs,
    io::Read,
    process::{Child, Command, Stdio},
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use crate::{
    failure::{Failure, Result, While},
    process::spoken,
};

pub struct Measured {
    pub seconds: f64,
    pub peak_megabytes: Option<f64>,
    pub stdout: String,
}

/// Runs it; a bad end is a failure with what it wrote to its error output.
pub fn measured(command: &mut Command) -> Result<Measured> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let began = Instant::now();
    let mut child = command.spawn().during(|| format!("`{}` can't be started", spoken(command)))?;
    let (ended, listener) = channel::<()>();
    let (out, err) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let pid = child.id();
    let watcher = thread::spawn(move || {
        let mut peak = None;
        loop {
            peak = peak.max(high_water(pid));
            if !matches!(listener.recv_timeout(Duration::from_millis(5)), Err(RecvTimeoutError::Timeout)) {
                return peak;
            }
        }
    });
    let status = child.wait().during(|| format!("the end of `{}` can't be awaited", spoken(command)))?;
    let seconds = began.elapsed().as_secs_f64();
    drop(ended);
    let peak = watcher.join().unwrap_or(None);
    let (stdout, stderr) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
    if !status.success() {
        return Err(Failure::new(format!("`{}` failed ({status}):\n{stdout}{stderr}", spoken(command))));
    }
    Ok(Measured { seconds, peak_megabytes: peak.map(|kilobytes| f64::from(kilobytes) / 1024.0), stdout })
}

fn reader(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _whatever_came = stream.map(|mut stream| stream.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Kilobytes, from proc(5).
fn high_water(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// Waits until `holds`, for at most ten seconds, while `child` lives.
pub fn until(child: &mut Child, holds: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline && matches!(child.try_wait(), Ok(None)) {
        if holds() {
            return true;
        }
        thread::park_timeout(Duration::from_millis(20));
    }
    false
}

/// Waits for its end, for at most ten seconds.
pub fn ends(child: &mut Child) -> bool {
    until(child, || false);
    !matches!(child.try_wait(), Ok(None))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn time_memory_and_words_of_a_program_are_measured() {
        let script = "x=$(head -c 20000000 /dev/zero | tr '\\0' a); sleep 0.2; echo ${#x}";
        let measured = measured(Command::new("sh").args(["-c", script])).unwrap();
        assert_eq!(measured.stdout.trim(), "20000000");
        assert!(measured.seconds >= 0.2);
        assert!(measured.peak_megabytes.unwrap() > 19.0);
    }

    #[test]
    fn a_bad_end_tells_what_the_program_said() {
        let failure = measured(Command::new("sh").args(["-c", "echo no >&2; exit 4"])).err().unwrap();
        assert!(failure.to_string().contains("exit status: 4") && failure.to_string().contains("no"));
    }
}
