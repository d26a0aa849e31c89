//! Photographs that nobody took: a thing on a table, whole or with a crack, painted from ellipses and rectangles with soft light.

use rand::{Rng, rngs::SmallRng};

use crate::rng::{For, generator};

const WIDTH: usize = 240;
const HEIGHT: usize = 180;

type Colour = [f32; 3];

/// A picture while it is painted; colours from 0 to 1.
struct Canvas(Vec<Colour>);

/// One shape: where it covers, and with what.
enum Shape {
    Ellipse,
    Rectangle,
}

struct Patch {
    shape: Shape,
    x: f32,
    y: f32,
    half_width: f32,
    half_height: f32,
    colour: Colour,
}

impl Canvas {
    /// A wall, a table, and the light between them.
    fn room(rng: &mut SmallRng) -> Canvas {
        let warm: f32 = rng.random_range(0.0..0.12);
        let table: Colour = [0.52 + warm, 0.38 + warm, 0.26];
        let horizon: f32 = rng.random_range(0.42..0.56);
        let pixel = |at: usize| {
            let (x, y) = ((at % WIDTH) as f32 / WIDTH as f32, (at / WIDTH) as f32 / HEIGHT as f32);
            let light = 1.0 - 0.35 * ((x - 0.3).powi(2) + (y - 0.2).powi(2));
            let grain = ((x * 97.0).sin() * (y * 31.0).cos() * 0.02).abs();
            let base = if y < horizon { [0.86, 0.84 - warm, 0.80 - warm] } else { table.map(|c| c - grain) };
            base.map(|c| c * light)
        };
        Canvas((0..WIDTH * HEIGHT).map(pixel).collect())
    }

    fn paint(&mut self, patch: &Patch) {
        for (at, pixel) in self.0.iter_mut().enumerate() {
            let (x, y) = ((at % WIDTH) as f32, (at / WIDTH) as f32);
            let (dx, dy) = ((x - patch.x) / patch.half_width, (y - patch.y) / patch.half_height);
            let inside = match patch.shape {
                Shape::Ellipse => dx * dx + dy * dy <= 1.0,
                Shape::Rectangle => dx.abs() <= 1.0 && dy.abs() <= 1.0,
            };
            if inside {
                let light =
                    1.0 - 0.38 * (dx * 0.8 + 0.2).powi(2) + if (dx + 0.35).abs() < 0.07 { 0.12 } else { 0.0 };
                *pixel = patch.colour.map(|c| (c * light).clamp(0.0, 1.0));
            }
        }
    }

    /// A jagged dark line from the middle of `patch` outwards.
    fn crack(&mut self, patch: &Patch, rng: &mut SmallRng) {
        let (mut x, mut y) = (patch.x + rng.random_range(-8.0..8.0), patch.y - patch.half_height * 0.9);
        let lean: f32 = rng.random_range(-0.5..0.5);
        while y < patch.y + patch.half_height * 0.8 {
            y += 1.0;
            x += lean + rng.random_range(-1.6..1.6);
            for dx in 0..2usize {
                let at = (y as usize).min(HEIGHT - 1) * WIDTH + (x.max(0.0) as usize + dx).min(WIDTH - 1);
                if let Some(pixel) = self.0.get_mut(at) {
                    *pixel = [0.13, 0.11, 0.10];
                }
            }
        }
    }

    fn png(&self) -> Vec<u8> {
        let bytes: Vec<u8> =
            self.0.iter().flatten().map(|c| (c.clamp(0.0, 1.0) * 255.0) as u8 & 0xFC).collect();
        encode(WIDTH as u32, HEIGHT as u32, &bytes)
    }
}

/// Whole RGB rows as PNG. Empty only if the encoder refuses, which for a picture of the right length it never does.
fn encode(width: u32, height: u32, rgb: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(rgb));
    if written.is_ok() { out } else { Vec::new() }
}

/// A photograph of a thing of class `class` (ceramic, glass, electric, lamp, textile, wood, metal, pantry).
pub fn taken(class: u8, broken: bool, variant: u8) -> Vec<u8> {
    let number = u64::from(class) * 64 + u64::from(variant) * 2 + u64::from(broken);
    let mut rng = generator(4, For::Photo, number);
    let mut canvas = Canvas::room(&mut rng);
    let (x, y) = (rng.random_range(90.0..150.0), rng.random_range(96.0..116.0));
    let thing = patches(class, x, y, &mut rng);
    canvas.paint(&Patch {
        shape: Shape::Ellipse,
        x: x + 6.0,
        y: y + 44.0,
        half_width: 62.0,
        half_height: 8.0,
        colour: [0.24, 0.18, 0.13],
    });
    thing.iter().for_each(|patch| canvas.paint(patch));
    if let Some(body) = thing.first().filter(|_| broken) {
        for _ in 0..3 {
            canvas.crack(body, &mut rng);
        }
        (0..5).for_each(|_| canvas.paint(&shard(body, &mut rng)));
    }
    canvas.png()
}

fn shard(body: &Patch, rng: &mut SmallRng) -> Patch {
    Patch {
        shape: if rng.random() { Shape::Ellipse } else { Shape::Rectangle },
        x: body.x + rng.random_range(-80.0..80.0),
        y: rng.random_range(148.0..172.0),
        half_width: rng.random_range(3.0..9.0),
        half_height: rng.random_range(2.0..5.0),
        colour: body.colour,
    }
}

/// The body first, then what sits on it.
fn patches(class: u8, x: f32, y: f32, rng: &mut SmallRng) -> Vec<Patch> {
    use Shape::{Ellipse, Rectangle};
    let tint: f32 = rng.random_range(-0.08..0.08);
    let part = |shape, dx: f32, dy: f32, half_width, half_height, colour: Colour| Patch {
        shape,
        x: x + dx,
        y: y + dy,
        half_width,
        half_height,
        colour: colour.map(|c| c + tint),
    };
    let celadon = [0.55, 0.68, 0.60];
    match class {
        0 => vec![
            part(Ellipse, 0.0, 8.0, 46.0, 36.0, celadon),
            part(Ellipse, 0.0, -22.0, 32.0, 8.0, [0.36, 0.46, 0.40]),
        ],
        1 => vec![
            part(Rectangle, 0.0, 4.0, 26.0, 40.0, [0.72, 0.82, 0.86]),
            part(Ellipse, 0.0, -36.0, 26.0, 6.0, [0.88, 0.93, 0.95]),
        ],
        2 => vec![
            part(Ellipse, 0.0, 10.0, 40.0, 34.0, [0.20, 0.21, 0.23]),
            part(Rectangle, 50.0, -4.0, 16.0, 3.0, [0.16, 0.16, 0.18]),
            part(Rectangle, 0.0, -26.0, 12.0, 4.0, [0.62, 0.50, 0.30]),
        ],
        3 => vec![
            part(Ellipse, 0.0, -30.0, 44.0, 30.0, [0.97, 0.90, 0.70]),
            part(Rectangle, 0.0, 22.0, 4.0, 26.0, [0.62, 0.48, 0.24]),
            part(Ellipse, 0.0, 46.0, 24.0, 5.0, [0.55, 0.42, 0.22]),
        ],
        4 => (0..5)
            .map(|fold| {
                part(Rectangle, fold as f32 * 3.0, 34.0 - fold as f32 * 11.0, 58.0, 6.0, [0.42, 0.46, 0.62])
            })
            .collect(),
        5 => vec![
            part(Rectangle, 0.0, 26.0, 66.0, 10.0, [0.40, 0.26, 0.16]),
            part(Rectangle, 0.0, 16.0, 60.0, 3.0, [0.50, 0.34, 0.22]),
        ],
        6 => vec![
            part(Ellipse, 0.0, 14.0, 50.0, 30.0, [0.26, 0.25, 0.26]),
            part(Ellipse, 0.0, -14.0, 26.0, 6.0, [0.34, 0.33, 0.34]),
        ],
        _ => vec![
            part(Rectangle, 0.0, 10.0, 34.0, 36.0, [0.66, 0.30, 0.22]),
            part(Rectangle, 0.0, 6.0, 22.0, 12.0, [0.92, 0.88, 0.76]),
        ],
    }
}

/// The mark below a newsletter: a roof over water.
pub fn logo() -> Vec<u8> {
    let (width, height) = (96usize, 48usize);
    let pixel = |at: usize| -> [u8; 3] {
        let (x, y) = ((at % width) as i32 - 48, (at / width) as i32);
        let roof = y > 8 && y < 26 && x.abs() < (y - 8) * 2;
        let wave = (30..40).contains(&y) && (y - 30) % 4 < 2 && x.abs() < 40;
        if roof || wave { [31, 61, 58] } else { [250, 247, 240] }
    };
    let bytes: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    encode(width as u32, height as u32, &bytes)
}
