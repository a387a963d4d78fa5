//! Logistic regression on several variables, with a quadratic penalty on the coefficients.

use super::logistic::{log_logistic, logistic};
use crate::maths::cholesky::Cholesky;
use crate::maths::sums::{Sum, sum};
use crate::maths::symmetric::dot;

/// Newton steps before giving up.
const STEPS: u32 = 100;
/// Twice the penalised likelihood that a step may still win when it counts as the last.
const DECREMENT: f64 = 1e-12;
/// Longest step of a linear predictor, which flat likelihoods need.
const LONGEST: f64 = 16.0;

/// Rows with one value of every variable; a constant is a variable too.
#[derive(Clone, Debug)]
pub struct Point {
    /// The variables.
    pub x: Vec<f64>,
    /// Σ w.
    pub weight: f64,
    /// Σ w·y.
    pub moment: f64,
}

/// A fitted linear predictor on the logit scale.
#[derive(Clone, Debug)]
pub struct Fit {
    /// One coefficient for each variable.
    pub coefficients: Vec<f64>,
    /// Σ w [y ln p + (1 − y) ln(1 − p)], without the penalty.
    pub log_likelihood: f64,
    /// Effective number of parameters, tr((X'VX + S)⁻¹ X'VX); as many as there are variables without a penalty.
    pub degrees: f64,
}

/// The coefficients β that maximise Σ w [y ln p + (1 − y) ln(1 − p)] − ½ β'Sβ with logit p = x'β, from `start` by
/// Newton's method; S is `penalty`. Green and Silverman (1994), Nonparametric Regression and Generalized Linear Models.
///
/// # Errors
/// Why there are none: an optimum at infinity, or variables that rows cannot tell apart.
///
/// ```
/// use calib::inference::penalised::{Point, fit};
/// let point = |x: f64, moment| Point { x: vec![1.0, x], weight: 4.0, moment };
/// let line = fit(&[point(0.0, 1.0), point(1.0, 3.0)], &[vec![0.0; 2], vec![0.0; 2]], &[0.0; 2]).unwrap();
/// assert!((line.coefficients[0] + 3f64.ln()).abs() < 1e-9 && (line.coefficients[1] - 9f64.ln()).abs() < 1e-9);
/// assert!((line.degrees - 2.0).abs() < 1e-9);
/// ```
pub fn fit(points: &[Point], penalty: &[Vec<f64>], start: &[f64]) -> Result<Fit, &'static str> {
    let mut beta = start.to_vec();
    for _ in 0..STEPS {
        let (gradient, information) = look(points, penalty, &beta);
        let hessian = plus(&information, penalty);
        let Some(matrix) = Cholesky::of(&hessian) else {
            return Err("no finite optimum");
        };
        let step = matrix.solve(&gradient);
        let decrement = dot(&gradient, &step);
        if !decrement.is_finite() {
            break;
        }
        advance(points, penalty, &mut beta, &step);
        if decrement <= DECREMENT {
            return Ok(Fit {
                log_likelihood: log_likelihood(points, &beta),
                degrees: trace_of_solved(&matrix, &information),
                coefficients: beta,
            });
        }
    }
    Err("no finite optimum")
}

/// Gradient of the penalised likelihood, and X'VX with V = w p(1 − p).
fn look(points: &[Point], penalty: &[Vec<f64>], beta: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let size = beta.len();
    let mut gradient = vec![Sum::default(); size];
    let mut information = vec![vec![0.0; size]; size];
    for point in points {
        let eta = dot(&point.x, beta);
        let (right, wrong) = (logistic(eta), logistic(-eta));
        // The smaller of p and 1 − p is the one that is known to its last digit.
        let score = point.moment * wrong - (point.weight - point.moment) * right;
        let curvature = point.weight * right * wrong;
        for (at, x) in point.x.iter().enumerate() {
            gradient[at].add(score * x);
            for (sum, other) in information[at].iter_mut().zip(&point.x[..=at]) {
                *sum += curvature * x * other;
            }
        }
    }
    // Only the lower triangle was summed.
    for at in 1..size {
        let (above, below) = information.split_at_mut(at);
        for (row, entry) in above.iter_mut().zip(&below[0]) {
            row[at] = *entry;
        }
    }
    let penalised = gradient.iter().zip(penalty);
    let gradient = penalised.map(|(sum, row)| sum.value() - dot(row, beta));
    (gradient.collect(), information)
}

/// A step, cut to [`LONGEST`] and halved until the penalised likelihood no longer falls.
fn advance(points: &[Point], penalty: &[Vec<f64>], beta: &mut Vec<f64>, step: &[f64]) {
    let value = |beta: &[f64]| {
        let size: f64 = penalty
            .iter()
            .zip(beta)
            .map(|(row, b)| b * dot(row, beta))
            .sum();
        log_likelihood(points, beta) - size / 2.0
    };
    let before = value(beta);
    let slack = 1e-12 * before.abs();
    let widest = points.iter().map(|point| dot(&point.x, step).abs());
    let mut length = (LONGEST / widest.fold(0.0, f64::max)).min(1.0);
    for _ in 0..60 {
        let there: Vec<f64> = beta.iter().zip(step).map(|(b, s)| b + length * s).collect();
        if value(&there) >= before - slack {
            *beta = there;
            return;
        }
        length /= 2.0;
    }
}

fn log_likelihood(points: &[Point], beta: &[f64]) -> f64 {
    sum(points.iter().map(|point| {
        let eta = dot(&point.x, beta);
        point.moment * log_logistic(eta) + (point.weight - point.moment) * log_logistic(-eta)
    }))
}

/// tr(A⁻¹B) for the A that was decomposed.
fn trace_of_solved(matrix: &Cholesky, b: &[Vec<f64>]) -> f64 {
    // B is symmetric, so its rows are its columns.
    let columns = b.iter().enumerate();
    sum(columns.map(|(at, column)| matrix.solve(column)[at]))
}

fn plus(one: &[Vec<f64>], other: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let rows = one.iter().zip(other);
    rows.map(|(a, b)| a.iter().zip(b).map(|(a, b)| a + b).collect())
        .collect()
}
