//! Memory for tables that are read all over: the largest in large pages, where the system has them.
//!
//! A table of hundreds of megabytes in pages of 4 KiB costs a walk through the page tables for
//! nearly every point that is read, a quarter of an update's time. For smaller tables the gain was
//! measured to be less than what the system may take to find large pages.

use std::alloc::{Layout, alloc, handle_alloc_error};
use std::sync::OnceLock;

use super::points::Point;
use crate::curve::ceremony::WIDTH;

const LARGE_PAGE: usize = 2 << 20;
/// Bytes from which on large pages are asked for.
const WORTH_LARGE_PAGES: usize = 256 << 20;

/// 256 tables of equal length, each built when it is first used, and kept for ever.
pub(in crate::curve) struct Tables {
    /// Room for all of them; nothing of it is used before it is written.
    memory: OnceLock<Room>,
    tables: [OnceLock<&'static [Point]>; WIDTH],
}

/// The first point of memory that is never freed.
#[derive(Clone, Copy)]
struct Room(*mut Point);

// SAFETY: it is an address. Each part of the memory is written once, by the one thread that
// initializes the table's cell, before anyone else can see it.
unsafe impl Send for Room {}
// SAFETY: as above.
unsafe impl Sync for Room {}

impl Tables {
    /// No tables yet.
    pub(in crate::curve) const fn new() -> Self {
        Self { memory: OnceLock::new(), tables: [const { OnceLock::new() }; WIDTH] }
    }

    /// The table of an index; `build` makes it, of `length` points, if it is not there.
    pub(in crate::curve) fn get_or_build(
        &self,
        index: u8,
        length: usize,
        build: impl FnOnce() -> Vec<Point>,
    ) -> &'static [Point] {
        self.tables[usize::from(index)].get_or_init(|| {
            let table = build();
            assert_eq!(table.len(), length, "all tables are of one length");
            let Room(start) = *self.memory.get_or_init(|| Room::reserve(length * WIDTH));
            // SAFETY: the memory has room for 256 tables of the length; this one's part of it is
            // written here alone, and read only through the slice.
            unsafe {
                let part = start.add(usize::from(index) * length);
                part.copy_from_nonoverlapping(table.as_ptr(), length);
                core::slice::from_raw_parts(part, length)
            }
        })
    }
}

impl Room {
    /// Addresses for so many points, one or more; the system finds memory when they are written.
    fn reserve(count: usize) -> Self {
        let size = (count * size_of::<Point>()).next_multiple_of(LARGE_PAGE);
        let layout = Layout::from_size_align(size, LARGE_PAGE).expect("below the address space");
        // SAFETY: the size is not zero.
        let start = unsafe { alloc(layout) };
        if start.is_null() {
            handle_alloc_error(layout);
        }
        #[cfg(target_os = "linux")]
        if size >= WORTH_LARGE_PAGES {
            // SAFETY: the range is the allocation; this is advice, whose refusal changes nothing.
            unsafe { libc::madvise(start.cast(), size, libc::MADV_HUGEPAGE) };
        }
        Self(start.cast())
    }
}
