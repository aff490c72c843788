//! How rows are cut into batches.

use crate::error::{Error, ErrorKind, Result};

/// The most axes of batches.
const AXES: usize = 8;

/// The batches of a call: `[2, 3]` are 6, the second index running faster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Batch {
    axes: [u32; AXES],
    /// More than [`AXES`] where there were more.
    count: usize,
}

impl Batch {
    /// One batch of all rows.
    pub const NONE: Batch = Batch {
        axes: [0; AXES],
        count: 0,
    };

    /// Of these numbers of batches along each axis.
    pub fn new(axes: &[usize]) -> Batch {
        let mut batch = Batch {
            axes: [1; AXES],
            count: axes.len(),
        };
        for (to, &axis) in batch.axes.iter_mut().zip(axes) {
            *to = u32::try_from(axis).unwrap_or(u32::MAX);
        }
        batch
    }

    /// The number of batches along each axis; `name` is what was called, for messages.
    ///
    /// # Errors
    ///
    /// There are too many axes or batches, or an axis has none.
    pub(crate) fn axes(&self, name: &str) -> Result<&[u32]> {
        if self.count > AXES {
            let message = format!("{name}: {} axes, and there are at most {AXES}", self.count);
            return Err(Error::new(ErrorKind::Size, message));
        }
        let axes = &self.axes[..self.count];
        if let Some(k) = axes.iter().position(|&axis| axis == 0) {
            let message = format!("{name}: axis {k} has none, and each has at least one");
            return Err(Error::new(ErrorKind::Size, message));
        }
        Ok(axes)
    }

    /// How many batches there are.
    ///
    /// # Errors
    ///
    /// As of [`axes`](Batch::axes).
    pub(crate) fn batches(&self) -> Result<usize> {
        let axes = self.axes("`batch`")?;
        let product = axes
            .iter()
            .try_fold(1u32, |product, &axis| product.checked_mul(axis));
        match product.and_then(|product| i32::try_from(product).ok()) {
            Some(product) => Ok(product as usize),
            None => Err(Error::new(
                ErrorKind::Size,
                format!("`batch`: there are at most {} batches", i32::MAX),
            )),
        }
    }
}
