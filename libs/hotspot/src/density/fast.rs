//! Densities by fast Fourier transforms, with the binning taken back.

use std::f64::consts::PI;
use std::sync::Arc;

use geo::Coord;
use rayon::prelude::*;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::{Grid, Kernel};

/// Points are binned in so many parts, whatever the number of threads, and the parts added in order.
const PARTS: usize = 8;

/// A convolution with one kernel over one grid and its margin.
pub(super) struct Spread<'a> {
    grid: &'a Grid,
    kernel: Kernel,
    bandwidth: f64,
    margin: usize,
    /// Columns and rows of the room in which transforms are made: grid, margins and a little more.
    width: usize,
    height: usize,
}

impl<'a> Spread<'a> {
    pub(super) fn new(grid: &'a Grid, kernel: Kernel, bandwidth: f64, margin: usize) -> Self {
        // What wraps round falls on the margins, which nobody looks at.
        Self {
            grid,
            kernel,
            bandwidth,
            margin,
            width: fast_size(grid.columns + 2 * margin),
            height: fast_size(grid.rows + 2 * margin),
        }
    }

    /// The surface, without edge correction, and how many points were left out.
    pub(super) fn points(
        &self,
        points: &[Coord<f64>],
        weights: Option<&[f64]>,
        inside: Option<&[bool]>,
    ) -> (Vec<f64>, usize) {
        let part = points.len().div_ceil(PARTS).max(10_000);
        let parts: Vec<(Vec<f64>, usize)> = points
            .par_chunks(part)
            .enumerate()
            .map(|(number, points)| {
                let from = number * part;
                let weights = weights.map(|weights| &weights[from..from + points.len()]);
                self.bin(points, weights, inside)
            })
            .collect();
        let left_out = parts.iter().map(|part| part.1).sum();
        let mut bins: Vec<Complex<f64>> = vec![Complex::default(); self.width * self.height];
        bins.par_chunks_mut(self.width)
            .enumerate()
            .for_each(|(row, bins)| {
                for (part, _) in &parts {
                    let part = &part[row * self.width..];
                    for (bin, value) in bins.iter_mut().zip(part) {
                        bin.re += value;
                    }
                }
            });
        // Taking the binning back can leave specks below zero where there is nothing.
        let values = self.convolved(bins, true);
        (
            values.into_iter().map(|value| value.max(0.0)).collect(),
            left_out,
        )
    }

    /// For each cell of the grid, the share of the kernel round its middle that lies inside.
    pub(super) fn shares(&self, inside: &[bool]) -> Vec<f64> {
        let columns = self.grid.columns + 2 * self.margin;
        let mut mask: Vec<Complex<f64>> = vec![Complex::default(); self.width * self.height];
        for (to, from) in mask.chunks_mut(self.width).zip(inside.chunks(columns)) {
            for (to, from) in to.iter_mut().zip(from) {
                to.re = f64::from(u8::from(*from));
            }
        }
        let area = self.grid.cell * self.grid.cell;
        self.convolved(mask, false)
            .into_iter()
            .map(|value| (value * area).min(1.0))
            .collect()
    }

    /// Shares each point's weight out among the four nearest cell middles.
    fn bin(
        &self,
        points: &[Coord<f64>],
        weights: Option<&[f64]>,
        inside: Option<&[bool]>,
    ) -> (Vec<f64>, usize) {
        let mut bins = vec![0.0; self.width * self.height];
        let mut left_out = 0;
        let per_cell = 1.0 / self.grid.cell;
        let west = self.margin as f64 - self.grid.corner.x * per_cell;
        let south = self.margin as f64 - self.grid.corner.y * per_cell;
        let columns = self.grid.columns + 2 * self.margin;
        let (right, top) = (columns as f64, (self.grid.rows + 2 * self.margin) as f64);
        for (index, at) in points.iter().enumerate() {
            let (x, y) = (at.x * per_cell + west, at.y * per_cell + south);
            let near = x >= 0.5 && x < right - 0.5 && y >= 0.5 && y < top - 0.5;
            if !near || inside.is_some_and(|inside| !inside[y as usize * columns + x as usize]) {
                left_out += 1;
                continue;
            }
            let weight = weights.map_or(1.0, |weights| weights[index]);
            let (x, y) = (x - 0.5, y - 0.5);
            let (column, row) = (x as usize, y as usize);
            let (east, north) = (x - column as f64, y - row as f64);
            let place = row * self.width + column;
            let (upper, lower) = (weight * north, weight * (1.0 - north));
            if let Some(pair) = bins.get_mut(place..place + 2) {
                pair[0] += lower * (1.0 - east);
                pair[1] += lower * east;
            }
            if let Some(pair) = bins.get_mut(place + self.width..place + self.width + 2) {
                pair[0] += upper * (1.0 - east);
                pair[1] += upper * east;
            }
        }
        (bins, left_out)
    }

    /// Convolves with the kernel and cuts the margins off.
    fn convolved(&self, mut room: Vec<Complex<f64>>, binned: bool) -> Vec<f64> {
        let mut planner = FftPlanner::new();
        let along = planner.plan_fft_forward(self.width);
        let across = planner.plan_fft_forward(self.height);
        transform(&mut room, &along);
        let mut turned = transposed(&room, self.width);
        transform(&mut turned, &across);
        let response = self.response(&mut planner, binned);
        turned
            .par_chunks_mut(self.height)
            .enumerate()
            .for_each(|(column, values)| response.apply(column, values));
        transform(&mut turned, &planner.plan_fft_inverse(self.height));
        // Only the rows of the grid itself are looked at from here on.
        let rows = self.margin..self.margin + self.grid.rows;
        let mut room = transposed(&turned, self.height);
        let wanted = &mut room[rows.start * self.width..rows.end * self.width];
        transform(wanted, &planner.plan_fft_inverse(self.width));
        let scale = 1.0 / (self.width * self.height) as f64;
        wanted
            .chunks(self.width)
            .flat_map(|row| &row[self.margin..self.margin + self.grid.columns])
            .map(|value| value.re * scale)
            .collect()
    }

    /// The kernel's transform, divided by that of the binning.
    fn response(&self, planner: &mut FftPlanner<f64>, binned: bool) -> Response {
        let undo = |size: usize| -> Vec<f64> {
            (0..size)
                .map(|place| {
                    let turn = PI * place.min(size - place) as f64 / size as f64;
                    // Linear sharing out is a triangle, whose transform is sinc².
                    let sinc = if turn == 0.0 { 1.0 } else { turn.sin() / turn };
                    if binned { 1.0 / (sinc * sinc) } else { 1.0 }
                })
                .collect()
        };
        let mut columns = undo(self.width);
        let mut rows = undo(self.height);
        let h = self.bandwidth / self.grid.cell;
        let density = 1.0 / (self.bandwidth * self.bandwidth);
        if self.kernel == Kernel::Gaussian {
            // A product of two curves, with a transform of the same kind. Sampled on the grid, frequencies
            // beyond the grid's fold back; they matter only for bandwidths below a cell.
            let curve = |size: usize| -> Vec<f64> {
                (0..size)
                    .map(|place| {
                        let frequency = place.min(size - place) as f64 / size as f64;
                        (-1..=1)
                            .map(|fold| {
                                let f = frequency + f64::from(fold);
                                (-2.0 * (PI * f * h).powi(2)).exp()
                            })
                            .sum()
                    })
                    .collect()
            };
            // The transform of the kernel's values on cells h to a side: its integral is h² cells.
            let peak = density * h * h;
            for (value, factor) in columns.iter_mut().zip(curve(self.width)) {
                *value *= factor * peak;
            }
            for (value, factor) in rows.iter_mut().zip(curve(self.height)) {
                *value *= factor;
            }
            return Response {
                columns,
                rows,
                kernel: None,
            };
        }
        let reach = h.ceil() as usize;
        let mut room: Vec<Complex<f64>> = vec![Complex::default(); self.width * self.height];
        let offsets = |size: usize| {
            (0..=reach).flat_map(move |offset| {
                let mirrored = (offset > 0).then_some((offset, size - offset));
                std::iter::once((offset, offset)).chain(mirrored)
            })
        };
        for (dy, row) in offsets(self.height) {
            for (dx, column) in offsets(self.width) {
                let squared = (dx * dx + dy * dy) as f64 / (h * h);
                room[row * self.width + column].re = self.kernel.at(squared) * density;
            }
        }
        transform(&mut room, &planner.plan_fft_forward(self.width));
        let mut turned = transposed(&room, self.width);
        transform(&mut turned, &planner.plan_fft_forward(self.height));
        Response {
            columns,
            rows,
            kernel: Some(turned),
        }
    }
}

/// What each frequency is multiplied by, in columns.
struct Response {
    columns: Vec<f64>,
    rows: Vec<f64>,
    kernel: Option<Vec<Complex<f64>>>,
}

impl Response {
    fn apply(&self, column: usize, values: &mut [Complex<f64>]) {
        let along = self.columns[column];
        for (value, across) in values.iter_mut().zip(&self.rows) {
            *value *= along * across;
        }
        if let Some(kernel) = &self.kernel {
            let from = column * self.rows.len();
            for (value, kernel) in values.iter_mut().zip(&kernel[from..]) {
                // A kernel that is the same to all sides has a real transform.
                *value *= kernel.re;
            }
        }
    }
}

/// Transforms each row.
fn transform(room: &mut [Complex<f64>], fft: &Arc<dyn Fft<f64>>) {
    let rows = 16 * fft.len();
    room.par_chunks_mut(rows).for_each_init(
        || vec![Complex::default(); fft.get_inplace_scratch_len()],
        |scratch, rows| {
            for row in rows.chunks_exact_mut(fft.len()) {
                // Rows of nothing, as margins are, stay so.
                if row.iter().any(|value| value.re != 0.0 || value.im != 0.0) {
                    fft.process_with_scratch(row, scratch);
                }
            }
        },
    );
}

/// Rows and columns exchanged, in squares that fit the fastest cache.
fn transposed(room: &[Complex<f64>], width: usize) -> Vec<Complex<f64>> {
    const BLOCK: usize = 16;
    let height = room.len() / width;
    let mut turned = vec![Complex::default(); room.len()];
    turned
        .par_chunks_mut(BLOCK * height)
        .enumerate()
        .for_each(|(block, columns)| {
            let first = block * BLOCK;
            for rows in (0..height).step_by(BLOCK) {
                for (offset, column) in columns.chunks_mut(height).enumerate() {
                    let upto = (rows + BLOCK).min(height);
                    for (row, value) in (rows..upto).zip(&mut column[rows..upto]) {
                        *value = room[row * width + first + offset];
                    }
                }
            }
        });
    turned
}

/// The next size with no prime factor above 5, which transforms fast.
fn fast_size(least: usize) -> usize {
    (least..)
        .find(|&size| {
            let mut rest = size;
            for factor in [2, 3, 5] {
                while rest % factor == 0 && rest > 1 {
                    rest /= factor;
                }
            }
            rest == 1
        })
        .unwrap_or(least)
}
