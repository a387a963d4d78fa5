//! How good a judge is, as flags say it.

use crate::inference::misclassification::Rating;

pub(super) fn rating(text: &str) -> Result<Rating, String> {
    let problem = || {
        "expected a number above 0 and up to 1, such as 0.95, or with the rows it was measured in, 0.95:200"
            .to_owned()
    };
    let (value, rows) = match text.split_once(':') {
        Some((value, rows)) => (value, Some(rows.parse().map_err(|_| problem())?)),
        None => (text, None),
    };
    let value = value.parse().map_err(|_| problem())?;
    if value > 0.0 && value <= 1.0 && rows != Some(0) {
        Ok(Rating { value, rows })
    } else {
        Err(problem())
    }
}
