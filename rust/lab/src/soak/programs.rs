//! Random contracts: programs of statements that leave the stack as they found it.

use alloy_primitives::{Address, U256};

use crate::random::Random;

mod op {
    pub(super) const STOP: u8 = 0x00;
    pub(super) const ADD: u8 = 0x01;
    pub(super) const SUB: u8 = 0x03;
    pub(super) const ISZERO: u8 = 0x15;
    pub(super) const AND: u8 = 0x16;
    pub(super) const KECCAK256: u8 = 0x20;
    pub(super) const BALANCE: u8 = 0x31;
    pub(super) const CALLER: u8 = 0x33;
    pub(super) const CALLDATALOAD: u8 = 0x35;
    pub(super) const CALLDATASIZE: u8 = 0x36;
    pub(super) const CALLDATACOPY: u8 = 0x37;
    pub(super) const CODECOPY: u8 = 0x39;
    pub(super) const EXTCODESIZE: u8 = 0x3b;
    pub(super) const EXTCODECOPY: u8 = 0x3c;
    pub(super) const RETURNDATASIZE: u8 = 0x3d;
    pub(super) const RETURNDATACOPY: u8 = 0x3e;
    pub(super) const EXTCODEHASH: u8 = 0x3f;
    pub(super) const BLOCKHASH: u8 = 0x40;
    pub(super) const NUMBER: u8 = 0x43;
    pub(super) const POP: u8 = 0x50;
    pub(super) const MLOAD: u8 = 0x51;
    pub(super) const MSTORE: u8 = 0x52;
    pub(super) const SLOAD: u8 = 0x54;
    pub(super) const SSTORE: u8 = 0x55;
    pub(super) const JUMP: u8 = 0x56;
    pub(super) const JUMPI: u8 = 0x57;
    pub(super) const GAS: u8 = 0x5a;
    pub(super) const JUMPDEST: u8 = 0x5b;
    pub(super) const TLOAD: u8 = 0x5c;
    pub(super) const TSTORE: u8 = 0x5d;
    pub(super) const MCOPY: u8 = 0x5e;
    pub(super) const PUSH0: u8 = 0x5f;
    pub(super) const PUSH1: u8 = 0x60;
    pub(super) const DUP1: u8 = 0x80;
    pub(super) const DUP6: u8 = 0x85;
    pub(super) const LOG0: u8 = 0xa0;
    pub(super) const CREATE: u8 = 0xf0;
    pub(super) const CALL: u8 = 0xf1;
    pub(super) const CALLCODE: u8 = 0xf2;
    pub(super) const RETURN: u8 = 0xf3;
    pub(super) const DELEGATECALL: u8 = 0xf4;
    pub(super) const CREATE2: u8 = 0xf5;
    pub(super) const STATICCALL: u8 = 0xfa;
    pub(super) const REVERT: u8 = 0xfd;
    pub(super) const INVALID: u8 = 0xfe;
    pub(super) const SELFDESTRUCT: u8 = 0xff;
}

/// Opcodes without arguments that push what depends on the block, the call or the account.
const ENVIRONMENT: [u8; 15] =
    [0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x48];
/// Slots that programs share: those beside the account's header, and some far away.
const SLOTS: [u64; 8] = [0, 1, 2, 63, 64, 255, 256, 1 << 40];
/// Largest program that a program creates, bytes; it travels in pushed words.
const MAX_CREATED: usize = 96;

/// Bytecode under construction.
#[derive(Default)]
struct Code(Vec<u8>);

impl Code {
    fn op(&mut self, op: u8) -> &mut Self {
        self.0.push(op);
        self
    }

    fn push(&mut self, value: U256) -> &mut Self {
        let bytes = value.to_be_bytes_trimmed_vec();
        let Ok(size @ 1..) = u8::try_from(bytes.len()) else { return self.op(op::PUSH0) };
        self.0.push(op::PUSH1 - 1 + size);
        self.0.extend(bytes);
        self
    }

    fn number(&mut self, value: u64) -> &mut Self {
        self.push(U256::from(value))
    }

    fn address(&mut self, address: Address) -> &mut Self {
        self.push(address.into_word().into())
    }

    /// Writes bytes to memory from 0, in words.
    fn store(&mut self, bytes: &[u8]) -> &mut Self {
        for (index, chunk) in (0u64..).zip(bytes.chunks(32)) {
            let mut word = [0; 32];
            word[..chunk.len()].copy_from_slice(chunk);
            self.push(U256::from_be_bytes(word)).number(32 * index).op(op::MSTORE);
        }
        self
    }

    /// Runs statements only if a bit of the call's first byte is set.
    fn guarded(&mut self, bit: u8, body: impl FnOnce(&mut Self)) {
        // CALLDATALOAD(0) & 2^(248 + bit), as 0 or 1, decides.
        self.op(op::PUSH0).op(op::CALLDATALOAD);
        self.push(U256::from(1) << (248 + usize::from(bit & 7))).op(op::AND).op(op::ISZERO);
        self.0.extend([op::PUSH1 + 1, 0, 0, op::JUMPI]);
        let target = self.0.len() - 3;
        body(self);
        let here = u16::try_from(self.0.len()).unwrap_or(u16::MAX).to_be_bytes();
        self.0[target..target + 2].copy_from_slice(&here);
        self.op(op::JUMPDEST);
    }
}

/// A random contract that calls, reads and pays these accounts.
pub(super) fn write_program(
    random: &mut Random,
    accounts: &[Address],
    statements: usize,
) -> Vec<u8> {
    let mut code = Code::default();
    for _ in 0..statements {
        let bit = random.byte();
        if random.chance(30) {
            code.guarded(bit, |code| write_statement(random, code, accounts));
        } else {
            write_statement(random, &mut code, accounts);
        }
    }
    match random.below(4) {
        0 => code.op(op::STOP),
        1 => code
            .op(op::PUSH0)
            .op(op::SLOAD)
            .op(op::PUSH0)
            .op(op::MSTORE)
            .number(32)
            .op(op::PUSH0)
            .op(op::RETURN),
        _ => &mut code,
    };
    code.0
}

/// Code that deploys a program.
pub(super) fn write_init_code(program: &[u8]) -> Vec<u8> {
    // PUSH2 size, DUP1, PUSH1 head, PUSH0, CODECOPY, PUSH0, RETURN
    const HEAD: u8 = 10;
    let [high, low] = u16::try_from(program.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut code = vec![op::PUSH1 + 1, high, low, op::DUP1, op::PUSH1, HEAD];
    code.extend([op::PUSH0, op::CODECOPY, op::PUSH0, op::RETURN]);
    code.extend(program);
    code
}

fn write_statement(random: &mut Random, code: &mut Code, accounts: &[Address]) {
    match random.below(100) {
        0..25 => write_store(random, code),
        25..45 => write_call(random, code, accounts),
        45..55 => write_environment(random, code, accounts),
        55..63 => write_create(random, code, accounts),
        63..68 => write_log(random, code),
        68..73 => write_transient(random, code),
        73..78 => write_memory(random, code),
        78..86 => write_precompile_call(random, code),
        86..90 => {
            let bit = random.byte();
            code.guarded(bit, |code| {
                code.op(op::PUSH0).op(op::PUSH0).op(op::REVERT);
            });
        }
        90..94 => {
            let (bit, heir) = (random.byte(), *random.pick(accounts));
            code.guarded(bit, |code| {
                code.address(heir).op(op::SELFDESTRUCT);
            });
        }
        94..97 => {
            let bit = random.byte();
            code.guarded(bit, |code| {
                code.op(op::INVALID);
            });
        }
        _ => write_endless_loop(random, code),
    }
}

/// A write that sets, changes, counts or clears a slot.
fn write_store(random: &mut Random, code: &mut Code) {
    let slot = *random.pick(&SLOTS);
    match random.below(4) {
        0 => code.op(op::PUSH0),
        1 => code.op(op::PUSH0).op(op::CALLDATALOAD),
        2 => code.number(slot).op(op::SLOAD).number(1).op(op::ADD),
        _ => code.push(random.word().into()),
    };
    code.number(slot).op(op::SSTORE);
}

/// A call of any kind with the call's own data; what it gives is kept or dropped.
fn write_call(random: &mut Random, code: &mut Code, accounts: &[Address]) {
    let kind = *random.pick(&[op::CALL, op::CALL, op::CALLCODE, op::DELEGATECALL, op::STATICCALL]);
    code.op(op::CALLDATASIZE).op(op::PUSH0).op(op::PUSH0).op(op::CALLDATACOPY);
    code.op(op::PUSH0).op(op::PUSH0).op(op::CALLDATASIZE).op(op::PUSH0);
    if matches!(kind, op::CALL | op::CALLCODE) {
        code.number(if random.chance(30) { random.below(100) as u64 } else { 0 });
    }
    code.address(*random.pick(accounts));
    write_gas(random, code);
    code.op(kind);
    write_result(random, code);
}

fn write_gas(random: &mut Random, code: &mut Code) {
    match random.below(3) {
        0 => code.op(op::GAS),
        1 => code.number(30_000),
        _ => code.number(random.below(5_000) as u64),
    };
}

/// Keeps what is on the stack in a slot, or drops it.
fn write_result(random: &mut Random, code: &mut Code) {
    if random.chance(50) {
        code.number(*random.pick(&SLOTS)).op(op::SSTORE);
    } else {
        code.op(op::POP);
    }
}

/// A value of the block, the call, or an account.
fn write_environment(random: &mut Random, code: &mut Code, accounts: &[Address]) {
    match random.below(5) {
        0 => code.address(*random.pick(accounts)).op(op::BALANCE),
        1 => code
            .address(*random.pick(accounts))
            .op(*random.pick(&[op::EXTCODESIZE, op::EXTCODEHASH])),
        2 => code.number(random.below(3) as u64).op(op::NUMBER).op(op::SUB).op(op::BLOCKHASH),
        3 => {
            code.number(32).op(op::PUSH0).op(op::PUSH0).address(*random.pick(accounts));
            code.op(op::EXTCODECOPY).op(op::PUSH0).op(op::MLOAD)
        }
        _ => code.op(*random.pick(&ENVIRONMENT)),
    };
    write_result(random, code);
}

/// A contract that is created and, often, called at once.
fn write_create(random: &mut Random, code: &mut Code, accounts: &[Address]) {
    let mut program = loop {
        let program = write_small_program(random, accounts);
        if program.len() <= MAX_CREATED {
            break program;
        }
    };
    if random.chance(10) {
        // EIP-3541 refuses it.
        program.insert(0, 0xef);
    }
    let init = write_init_code(&program);
    let size = init.len() as u64;
    code.store(&init);
    if random.chance(50) {
        code.number(random.below(3) as u64)
            .number(size)
            .op(op::PUSH0)
            .op(op::PUSH0)
            .op(op::CREATE2);
    } else {
        code.number(size).op(op::PUSH0).number(random.below(2) as u64).op(op::CREATE);
    }
    if random.chance(70) {
        code.op(op::PUSH0).op(op::PUSH0).number(1).op(op::PUSH0).op(op::PUSH0);
        // The address lies below the five arguments.
        code.op(op::DUP6).op(op::GAS).op(op::CALL).op(op::POP);
    }
    write_result(random, code);
}

/// A program for a contract that a contract creates.
fn write_small_program(random: &mut Random, accounts: &[Address]) -> Vec<u8> {
    let mut code = Code::default();
    match random.below(5) {
        0 => drop(code.op(op::CALLER).op(op::SELFDESTRUCT)),
        1 => drop(code.op(op::PUSH0).op(op::PUSH0).op(op::REVERT)),
        2 => drop(code.op(op::CALLDATASIZE).op(op::PUSH0).op(op::SSTORE)),
        _ => {
            write_store(random, &mut code);
            write_environment(random, &mut code, accounts);
        }
    }
    code.0
}

fn write_log(random: &mut Random, code: &mut Code) {
    let topics = random.below(5);
    for _ in 0..topics {
        code.number(random.byte().into());
    }
    code.number(random.below(70) as u64).op(op::PUSH0);
    code.op(op::LOG0 + u8::try_from(topics).unwrap_or(0));
}

/// A slot of the transaction's own storage that is counted up and kept.
fn write_transient(random: &mut Random, code: &mut Code) {
    let slot = random.below(2) as u64;
    code.number(slot).op(op::TLOAD).number(1).op(op::ADD).op(op::DUP1);
    code.number(slot).op(op::TSTORE);
    write_result(random, code);
}

/// Memory that is copied about and hashed.
fn write_memory(random: &mut Random, code: &mut Code) {
    code.push(random.word().into()).number(random.below(40) as u64).op(op::MSTORE);
    code.number(64).number(random.below(64) as u64).number(32).op(op::MCOPY);
    code.number(96).op(op::PUSH0).op(op::KECCAK256);
    write_result(random, code);
}

/// A precompile with arguments that are mostly wrong, and the hash of what it returns.
fn write_precompile_call(random: &mut Random, code: &mut Code) {
    const PRECOMPILES: [u64; 19] =
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0x100, 0x101];
    const SIZES: [u64; 8] = [0, 1, 64, 96, 128, 160, 192, 213];
    code.op(op::CALLDATASIZE).op(op::PUSH0).op(op::PUSH0).op(op::CALLDATACOPY);
    code.op(op::PUSH0).op(op::PUSH0).number(*random.pick(&SIZES)).op(op::PUSH0);
    code.number(*random.pick(&PRECOMPILES)).op(op::GAS).op(op::STATICCALL);
    write_result(random, code);
    code.op(op::RETURNDATASIZE).op(op::PUSH0).op(op::PUSH0).op(op::RETURNDATACOPY);
    code.op(op::RETURNDATASIZE).op(op::PUSH0).op(op::KECCAK256);
    write_result(random, code);
}

/// A loop that ends with the gas.
fn write_endless_loop(random: &mut Random, code: &mut Code) {
    let bit = random.byte();
    code.guarded(bit, |code| {
        let start = u16::try_from(code.0.len()).unwrap_or(u16::MAX).to_be_bytes();
        code.op(op::JUMPDEST).op(op::GAS).op(op::PUSH0).op(op::SSTORE);
        code.0.extend([op::PUSH1 + 1, start[0], start[1], op::JUMP]);
    });
}
