//! What is really on the screen: Xvfb keeps its picture in a file, and reading a few lines of that costs the app nothing.

use std::{
    fs::File,
    hash::{DefaultHasher, Hasher as _},
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use crate::failure::{Failure, Result, While};

/// Every so many lines are looked at.
const STEP: usize = 8;
const BYTES_PER_PIXEL: usize = 4;
/// A picture that has not changed for this long is final.
const QUIET: Duration = Duration::from_millis(1_500);
const PATIENCE: Duration = Duration::from_secs(60);

/// A part of the screen, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl Area {
    /// The part of `self` that lies at `inner`, which counts from the upper left corner of `self`.
    pub fn part(self, inner: Area) -> Area {
        Area { x: self.x + inner.x, y: self.y + inner.y, width: inner.width, height: inner.height }
    }
}

pub struct Screen {
    picture: File,
    begins: usize,
    line: usize,
    height: usize,
}

impl Screen {
    /// The picture follows a header (XWD) and is the file's end.
    pub fn of(path: &Path, width: usize, height: usize) -> Result<Screen> {
        let reading = || format!("the screen's picture at {} can't be read", path.display());
        let picture = File::open(path).during(reading)?;
        let length = usize::try_from(picture.metadata().during(reading)?.len()).unwrap_or_default();
        let line = width * BYTES_PER_PIXEL;
        let begins = length.checked_sub(line * height).ok_or_else(|| Failure::new(reading()))?;
        Ok(Screen { picture, begins, line, height })
    }

    /// A number that is another when the area looks different.
    pub fn look(&self, area: Area) -> Result<u64> {
        let mut hasher = DefaultHasher::new();
        let mut pixels = vec![0; area.width * BYTES_PER_PIXEL];
        for y in (area.y..(area.y + area.height).min(self.height)).step_by(STEP) {
            let at = self.begins + y * self.line + area.x * BYTES_PER_PIXEL;
            let mut picture = &self.picture;
            let read = picture.seek(SeekFrom::Start(at as u64)).and_then(|_| picture.read_exact(&mut pixels));
            read.during(|| "the screen's picture can't be read".into())?;
            hasher.write(&pixels);
        }
        Ok(hasher.finish())
    }

    /// Looks on until the area has changed from what it is now and then stays as it is; answers how long after `began` it first looked as it
    /// does then.
    pub fn settles(&self, area: Area, began: Instant) -> Result<Duration> {
        let mut seen = vec![(began, self.look(area)?)];
        let mut changed = began;
        while began.elapsed() < PATIENCE && (seen.len() == 1 || changed.elapsed() < QUIET) {
            thread::park_timeout(Duration::from_micros(500));
            let look = self.look(area)?;
            if seen.last().is_none_or(|(_, last)| *last != look) {
                changed = Instant::now();
                seen.push((changed, look));
            }
        }
        let last = seen.last().map(|(_, look)| *look);
        let first = seen.iter().skip(1).find(|(_, look)| Some(*look) == last);
        let (at, _) = first.ok_or_else(|| Failure::new("nothing appears on the screen"))?;
        Ok(at.duration_since(began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_that_changes_is_seen_in_its_area_only() {
        let file = std::env::temp_dir().join(format!("foredeck-screen-{}", std::process::id()));
        let mut picture = vec![0_u8; 100 + 20 * 16 * BYTES_PER_PIXEL];
        std::fs::write(&file, &picture).unwrap();
        let screen = Screen::of(&file, 20, 16).unwrap();
        let (left, right) =
            (Area { x: 0, y: 0, width: 10, height: 16 }, Area { x: 10, y: 0, width: 10, height: 16 });
        let before = (screen.look(left).unwrap(), screen.look(right).unwrap());
        picture[100 + (8 * 20 + 12) * BYTES_PER_PIXEL] = 9;
        std::fs::write(&file, &picture).unwrap();
        assert_eq!(screen.look(left).unwrap(), before.0);
        assert_ne!(screen.look(right).unwrap(), before.1);
        std::fs::remove_file(&file).unwrap();
    }
}
