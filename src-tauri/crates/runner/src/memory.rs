//! The engine's allocator: C's, with a limit and a peak of our own.
//!
//! QuickJS' own limit tells only that an allocation failed, often as a bare `null` exception. This one also remembers
//! that it refused, so that the run's ending can be named, and the largest sum it ever had out.
//!
//! Small blocks are granted a little beyond the limit, and the run is stopped at once: the engine itself does not survive
//! every refusal (quickjs-ng 0.16 crashes where `bind` finds no room for its arguments).

use std::{cell::Cell, rc::Rc};

use rquickjs::allocator::Allocator;

/// Room for the size in front of each block; keeps blocks aligned to 16 bytes.
const HEAD: usize = 16;

/// Bytes of a small block, and how far beyond the limit such may go while the engine comes to its next stop.
const SMALL: usize = 4 << 10;
const RESERVE: usize = 16 << 20;

/// What the engine has allocated, and what it may.
pub(crate) struct Meter {
    used: Cell<usize>,
    peak: Cell<usize>,
    limit: Cell<usize>,
    refused: Cell<bool>,
    starved: Cell<bool>,
}

impl Meter {
    /// A meter without a limit.
    pub(crate) fn new() -> Rc<Meter> {
        Rc::new(Meter {
            used: Cell::new(0),
            peak: Cell::new(0),
            limit: Cell::new(usize::MAX),
            refused: Cell::new(false),
            starved: Cell::new(false),
        })
    }

    /// Begins a run that may have `limit` bytes out.
    pub(crate) fn start(&self, limit: u64) {
        self.limit.set(usize::try_from(limit).unwrap_or(usize::MAX));
        self.peak.set(self.used.get());
        self.refused.set(false);
        self.starved.set(false);
    }

    /// The most bytes that were out during the run.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.get() as u64
    }

    /// The bytes that are out now.
    pub(crate) fn used(&self) -> u64 {
        self.used.get() as u64
    }

    /// Whether an allocation was refused during the run, or should have been.
    pub(crate) fn refused(&self) -> bool {
        self.refused.get()
    }

    /// Whether the run lives on the reserve and has to stop.
    pub(crate) fn starved(&self) -> bool {
        self.starved.get()
    }

    fn take(&self, old: usize, new: usize) -> bool {
        let used = (self.used.get() - old).saturating_add(new);
        let limit = self.limit.get();
        if new > old && used > limit {
            self.refused.set(true);
            if new > SMALL || used > limit.saturating_add(RESERVE) {
                return false;
            }
            self.starved.set(true);
        }
        self.used.set(used);
        self.peak.set(self.peak.get().max(used));
        true
    }
}

/// Hands out C memory and counts it.
pub(crate) struct Metered(pub(crate) Rc<Meter>);

// SAFETY: blocks come from C's allocator with HEAD bytes in front, in which their size stands; HEAD keeps the alignment
// of malloc (16). A failed take leaves the count as it was.
unsafe impl Allocator for Metered {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        self.claim(size, |total| unsafe { libc::malloc(total) })
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let Some(size) = count.checked_mul(size) else { return std::ptr::null_mut() };
        self.claim(size, |total| unsafe { libc::calloc(1, total) })
    }

    unsafe fn dealloc(&mut self, pointer: *mut u8) {
        if pointer.is_null() {
            return;
        }
        unsafe {
            let block = pointer.sub(HEAD);
            self.0.take(block.cast::<usize>().read() + HEAD, 0);
            libc::free(block.cast());
        }
    }

    unsafe fn realloc(&mut self, pointer: *mut u8, size: usize) -> *mut u8 {
        if pointer.is_null() {
            return self.alloc(size);
        }
        let Some(total) = size.checked_add(HEAD) else { return std::ptr::null_mut() };
        unsafe {
            let block = pointer.sub(HEAD);
            let old = block.cast::<usize>().read() + HEAD;
            if !self.0.take(old, total) {
                return std::ptr::null_mut();
            }
            let moved = libc::realloc(block.cast(), total).cast::<u8>();
            if moved.is_null() {
                self.0.take(total, old);
                self.0.refused.set(true);
                return moved;
            }
            moved.cast::<usize>().write(size);
            moved.add(HEAD)
        }
    }

    unsafe fn usable_size(pointer: *mut u8) -> usize {
        if pointer.is_null() { 0 } else { unsafe { pointer.sub(HEAD).cast::<usize>().read() } }
    }
}

impl Metered {
    fn claim(&mut self, size: usize, allocate: impl FnOnce(usize) -> *mut libc::c_void) -> *mut u8 {
        let Some(total) = size.checked_add(HEAD) else { return std::ptr::null_mut() };
        if !self.0.take(0, total) {
            return std::ptr::null_mut();
        }
        let block = allocate(total).cast::<u8>();
        if block.is_null() {
            self.0.take(total, 0);
            self.0.refused.set(true);
            return block;
        }
        // SAFETY: the block has at least HEAD bytes and malloc's alignment.
        unsafe {
            block.cast::<usize>().write(size);
            block.add(HEAD)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Meter, RESERVE, SMALL};

    #[test]
    fn beyond_the_limit_small_blocks_alone_are_granted_and_the_run_has_to_stop() {
        let meter = Meter::new();
        meter.start(1 << 20);
        assert!(meter.take(0, 1 << 20) && !meter.refused());
        assert!(!meter.take(0, SMALL + 1));
        assert!(meter.refused() && !meter.starved());
        assert!(meter.take(0, SMALL) && meter.starved());
        let granted = (0..).take_while(|_| meter.take(0, SMALL)).count();
        assert_eq!((granted + 1) * SMALL, RESERVE);
        assert!(meter.take(1 << 20, 0) && meter.used() == RESERVE as u64);
        meter.start(1 << 10);
        assert!(meter.take(SMALL, 0) && !meter.refused() && !meter.starved());
    }
}
