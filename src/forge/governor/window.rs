//! A sliding window: the sum of amounts over the last so many seconds.

use std::collections::VecDeque;

/// Amounts with their times, oldest first.
#[derive(Clone, Debug)]
pub(super) struct Window {
    seconds: f64,
    amounts: VecDeque<(f64, f64)>,
    sum: f64,
}

impl Window {
    pub(super) fn new(seconds: f64) -> Self {
        Self { seconds, amounts: VecDeque::new(), sum: 0.0 }
    }

    pub(super) fn add(&mut self, amount: f64, now: f64) {
        self.forget(now);
        self.amounts.push_back((now, amount));
        self.sum += amount;
    }

    /// Seconds until an amount fits within a limit; 0 when it fits now. An amount larger than the limit fits once the
    /// window is empty.
    pub(super) fn until_room(&mut self, amount: f64, limit: f64, now: f64) -> f64 {
        self.forget(now);
        let mut sum = self.sum;
        for (when, past) in &self.amounts {
            if sum + amount <= limit {
                break;
            }
            sum -= past;
            if sum + amount <= limit || self.amounts.back().is_some_and(|(last, _)| last == when) {
                return (when + self.seconds - now).max(0.0) + 0.001;
            }
        }
        0.0
    }

    fn forget(&mut self, now: f64) {
        while let Some((when, amount)) = self.amounts.front().copied() {
            if when + self.seconds > now {
                break;
            }
            self.sum -= amount;
            self.amounts.pop_front();
        }
        if self.amounts.is_empty() {
            // Clears floating-point residue.
            self.sum = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_leave_when_their_time_is_over() {
        let mut window = Window::new(60.0);
        window.add(5.0, 0.0);
        window.add(5.0, 30.0);
        assert!(window.until_room(0.0, 10.0, 30.0).abs() < 1e-9);
        assert!((window.until_room(1.0, 10.0, 30.0) - 30.001).abs() < 1e-6);
        assert!((window.until_room(6.0, 10.0, 30.0) - 60.001).abs() < 1e-6);
        assert!(window.until_room(6.0, 10.0, 95.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_larger_than_the_limit_goes_when_the_window_is_empty() {
        let mut window = Window::new(60.0);
        assert!(window.until_room(99.0, 10.0, 0.0).abs() < 1e-9);
        window.add(99.0, 0.0);
        assert!((window.until_room(99.0, 10.0, 1.0) - 59.001).abs() < 1e-6);
        assert!(window.until_room(99.0, 10.0, 61.0).abs() < 1e-9);
    }
}
