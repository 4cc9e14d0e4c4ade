//! A device that loses power: what was not synced is there, or not, or torn, in any order.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use corollup_core::curve::fixed_base::TableSize;
use corollup_core::error::Error;
use corollup_core::store::{RedbStore, StateStore, Store, StoreError};
use redb::StorageBackend;

use crate::support::{CACHE_BYTES, DOMAIN, advance, check, create, draw, rounds};

const SECTOR: usize = 512;
const PACKETS: u64 = 6;

#[derive(Clone, Debug)]
enum Write {
    Bytes(usize, Vec<u8>),
    Length(usize),
}

impl Write {
    fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Self::Bytes(offset, bytes) => {
                let end = offset + bytes.len();
                image.resize(image.len().max(end), 0);
                image[*offset..end].copy_from_slice(bytes);
            }
            Self::Length(length) => image.resize(*length, 0),
        }
    }
}

/// The moment before a sync: what is surely on the device, and what only may be.
#[derive(Clone, Debug)]
struct Moment {
    durable: Vec<u8>,
    pending: Vec<Write>,
    /// The last packet whose commit had returned.
    committed: u64,
}

#[derive(Debug, Default)]
struct Disk {
    image: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Write>,
    committed: u64,
    moments: Option<Vec<Moment>>,
    /// How many writes and syncs still succeed, and how the next one fails.
    failure: Option<(u64, io::ErrorKind)>,
}

#[derive(Clone, Debug, Default)]
struct Device(Arc<Mutex<Disk>>);

impl Device {
    fn with<T>(&self, work: impl FnOnce(&mut Disk) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn of(image: Vec<u8>) -> Self {
        let disk = Disk { durable: image.clone(), image, ..Disk::default() };
        Self(Arc::new(Mutex::new(disk)))
    }

    fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(RedbStore::open_on(self.clone(), CACHE_BYTES)?))
    }
}

impl Disk {
    fn write(&mut self, write: Write) -> io::Result<()> {
        self.fail()?;
        write.apply(&mut self.image);
        self.pending.push(write);
        Ok(())
    }

    fn fail(&mut self) -> io::Result<()> {
        match &mut self.failure {
            Some((0, kind)) => Err((*kind).into()),
            Some((left, _)) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl StorageBackend for Device {
    fn len(&self) -> io::Result<u64> {
        Ok(self.with(|disk| disk.image.len() as u64))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        self.with(|disk| {
            let bytes = disk.image.get(offset..offset + out.len());
            out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        self.with(|disk| disk.write(Write::Length(length)))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(|disk| {
            disk.fail()?;
            let Disk { durable, pending, committed, .. } = disk;
            if let Some(moments) = &mut disk.moments {
                let (durable, pending) = (durable.clone(), pending.clone());
                moments.push(Moment { durable, pending, committed: *committed });
            }
            disk.durable = disk.image.clone();
            disk.pending.clear();
            Ok(())
        })
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        self.with(|disk| disk.write(Write::Bytes(offset, bytes.to_vec())))
    }
}

impl Moment {
    /// The device after the cut: each pending write whole, lost or torn, in a drawn order.
    fn cut(&self, seed: u64) -> Device {
        let mut image = self.durable.clone();
        let mut order: Vec<usize> = (0..self.pending.len()).collect();
        order.sort_by_key(|index| draw(seed, *index as u64));
        for index in order {
            match (&self.pending[index], draw(seed, 1000 + index as u64) % 4) {
                (_, 0) => {}
                (Write::Bytes(offset, bytes), 1) => {
                    let sectors = bytes.len().div_ceil(SECTOR) as u64;
                    let kept = draw(seed, 2000 + index as u64) % (sectors + 1);
                    let kept = usize::try_from(kept).expect("few") * SECTOR;
                    let bytes = bytes[..kept.min(bytes.len())].to_vec();
                    Write::Bytes(*offset, bytes).apply(&mut image);
                }
                (write, _) => write.apply(&mut image),
            }
        }
        Device::of(image)
    }
}

/// Writes packets until the end or the first error.
fn run(device: &Device, packets: u64) -> Result<(), Error> {
    let store = device.open()?;
    let mut state = StateStore::open(store, &DOMAIN, 3)?.expect("it has a state");
    let mut tree = state.tree(TableSize::Small)?;
    for _ in 0..packets {
        let number = advance(&mut state, &mut tree)?;
        device.with(|disk| disk.committed = number);
    }
    Ok(())
}

fn new_device() -> Device {
    let device = Device::default();
    create(device.open().expect("an empty device")).expect("an empty store");
    device
}

#[test]
fn test_a_cut_at_every_sync_leaves_a_packet() {
    let device = new_device();
    device.with(|disk| disk.moments = Some(Vec::new()));
    run(&device, PACKETS).expect("the device works");
    let moments = device.with(|disk| disk.moments.take()).expect("they were noted");
    assert!(moments.len() as u64 >= 2 * PACKETS, "two syncs a packet, not {}", moments.len());
    let mut heads = Vec::new();
    for (index, moment) in moments.iter().enumerate() {
        for seed in 0..rounds(3) {
            let device = moment.cut(1_000_003 * index as u64 + seed);
            let store = device.open().unwrap_or_else(|error| panic!("sync {index}: {error}"));
            let head = check(store).unwrap_or_else(|error| panic!("sync {index}: {error}"));
            let committed = moment.committed;
            assert!((committed..=committed + 1).contains(&head), "sync {index}: {head}");
            heads.push(head);
        }
    }
    assert_eq!(heads.iter().max(), Some(&PACKETS));
}

#[test]
fn test_a_failing_device_is_a_typed_error_and_loses_nothing() {
    let counted = new_device();
    counted.with(|disk| disk.failure = Some((u64::MAX, io::ErrorKind::Other)));
    run(&counted, 2).expect("the device works");
    let steps = u64::MAX - counted.with(|disk| disk.failure.expect("it counts").0);
    let kinds = [io::ErrorKind::StorageFull, io::ErrorKind::Other];
    for step in (0..steps).step_by(usize::try_from(steps / 12 + 1).expect("few")) {
        for kind in kinds {
            let device = new_device();
            device.with(|disk| disk.failure = Some((step, kind)));
            match run(&device, 2) {
                // It failed after the last packet, when the store was closed.
                Ok(()) => assert_eq!(device.with(|disk| disk.committed), 2),
                Err(Error::Store(StoreError::Full(_))) => {
                    assert_eq!(kind, io::ErrorKind::StorageFull, "step {step}");
                }
                Err(Error::Store(StoreError::Io(_))) => {
                    assert_eq!(kind, io::ErrorKind::Other, "step {step}");
                }
                Err(error) => panic!("step {step}: {error}"),
            }
            device.with(|disk| disk.failure = None);
            let committed = device.with(|disk| disk.committed);
            let store = device.open().expect("the device works again");
            let head = check(store).expect("a packet");
            assert!((committed..=committed + 1).contains(&head), "step {step}: {head}");
        }
    }
}
