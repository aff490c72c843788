//! A kernel written by hand on a real GPU, where there is one.
#![cfg(feature = "cuda")]
#![allow(missing_docs, reason = "a test")]

use keops_runtime::execute::Prepared;
use keops_runtime::{Argument, Descriptor, Device, ErrorKind, Options, OutputMut, View};
use std::io::Write as _;

/// z_i = a x_i + y_i, twice over: the second pass reads what the first one wrote.
const SCHEDULE: &str = "argument a unit real
argument x i real
argument y i real
pass i map
input a param real 1 = argument 0
input x row real 1 = argument 1
input y row real 1 = argument 2
param real
row real*2
output z real 1
param {
v0 = input0[0]
param[0] = v0
}
row {
v0 = input1[0]
row[0] = v0
v1 = input2[0]
row[1] = v1
}
finish {
v0 = param[0]
v1 = row[0]
v2 = row[1]
v3 = fma v0 v1 v2
output0[0] = v3
}
pass i map
input a param real 1 = argument 0
input x row real 1 = argument 1
input y row real 1 = pass 0 output 0
param real
row real*2
output z real 1
param {
v0 = input0[0]
param[0] = v0
}
row {
v0 = input1[0]
row[0] = v0
v1 = input2[0]
row[1] = v1
}
finish {
v0 = param[0]
v1 = row[0]
v2 = row[1]
v3 = fma v0 v1 v2
output0[0] = v3
}
result 0 0
result 1 0
";

/// An entry with the parameters of both passes.
fn entry(name: &str) -> String {
    format!(
        "
.visible .entry {name}(
    .param .u64 a, .param .u64 x, .param .u64 y, .param .u64 z,
    .param .u64 tasks, .param .u64 intervals, .param .u64 states, .param .u64 shifts,
    .param .u32 rows, .param .u32 columns, .param .u32 first_row, .param .u32 first_column,
    .param .u32 block, .param .u32 merging
)
.maxntid 64, 1, 1
{{
    .reg .u32 %row, %block, %rows;
    .reg .u64 %a, %x, %y, %z, %bytes;
    .reg .f32 %f<3>;
    .reg .pred %out;
    mov.u32 %row, %tid.x;
    mov.u32 %block, %ctaid.x;
    mad.lo.u32 %row, %block, 64, %row;
    ld.param.u32 %rows, [rows];
    setp.ge.u32 %out, %row, %rows;
    @%out ret;
    mul.wide.u32 %bytes, %row, 4;
    ld.param.u64 %a, [a];
    ld.param.u64 %x, [x];
    ld.param.u64 %y, [y];
    ld.param.u64 %z, [z];
    add.u64 %x, %x, %bytes;
    add.u64 %y, %y, %bytes;
    add.u64 %z, %z, %bytes;
    ld.global.f32 %f0, [%a];
    ld.global.f32 %f1, [%x];
    ld.global.f32 %f2, [%y];
    fma.rn.f32 %f0, %f0, %f1, %f2;
    st.global.f32 [%z], %f0;
    ret;
}}
"
    )
}

fn ptx() -> String {
    let header = ".version 7.0\n.target sm_70\n.address_size 64\n";
    format!("{header}{}{}", entry("saxpy_0"), entry("saxpy_1"))
}

fn descriptor(ptx: String) -> Descriptor<f32> {
    Descriptor {
        name: "saxpy".into(),
        schedule: SCHEDULE.into(),
        compiled: Vec::new().into(),
        ptx: Some(ptx.into()),
    }
}

fn on(device: Device) -> Options {
    let mut options = Options::new(false);
    options.device = Some(device);
    options
}

/// Both results on a device; none, with a word about it, where there is no such device.
fn run(
    device: Device,
    x: View<'_, f32>,
    y: View<'_, f32>,
    rows: usize,
) -> Option<(Vec<f32>, Vec<f32>)> {
    let arguments = [
        Argument::Param(&[0.5]),
        Argument::Rows(x),
        Argument::Rows(y),
    ];
    let prepared = Prepared::new(&descriptor(ptx()), &arguments, &on(device)).expect("a call");
    let (mut once, mut twice) = (vec![f32::NAN; rows], vec![f32::NAN; rows]);
    let mut outputs = [OutputMut::Real(&mut once), OutputMut::Real(&mut twice)];
    match prepared.run(&mut outputs) {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), ErrorKind::Driver | ErrorKind::Device) => {
            // A driver that is there and fails is no reason to skip.
            let absent = ["no NVIDIA driver can be used", "no CUDA device that"];
            let message = error.to_string();
            assert!(
                absent.iter().any(|text| message.contains(text)),
                "{message}"
            );
            let _ = writeln!(std::io::stderr(), "skipped: {message}");
            return None;
        }
        Err(error) => panic!("{error}"),
    }
    println!("{}", prepared.plan().expect("a plan"));
    Some((once, twice))
}

#[test]
fn the_text_of_the_kernel_is_right() {
    // Where there is no GPU, too: otherwise a mistake in it would be found on the first one.
    use keops_gpu::interpret::{Buffer, Launch, Module, Param};
    let module = Module::parse(&ptx()).expect("PTX");
    let mut launch = Launch::new("saxpy_1", 2, 64)
        .buffer(Buffer::input(&[0.5f32]))
        .buffer(Buffer::input(&[4.0f32; 65]))
        .buffer(Buffer::input(&[1.0f32; 65]))
        .buffer(Buffer::output::<f32>(65));
    for _ in ["tasks", "intervals", "states", "shifts"] {
        launch = launch.param(Param::U64(0));
    }
    for number in [65, 0, 0, 0, 6, 0] {
        launch = launch.param(Param::U32(number));
    }
    module.launch(&mut launch).expect("a run");
    assert_eq!(launch.buffers[3].read::<f32>().expect("results"), [3.0; 65]);
}

#[test]
fn a_gpu_gives_what_the_cpu_gives() {
    for rows in [0, 1, 63, 64, 65, 100_003] {
        let x: Vec<f32> = (0..rows).map(|i| (i as f32 * 0.37).sin()).collect();
        let y: Vec<f32> = (0..rows).map(|i| (i as f32 * 0.11).cos()).collect();
        let views = (View::flat(&x, 1), View::flat(&y, 1));
        let cpu = run(Device::Cpu, views.0, views.1, rows).expect("there is a CPU");
        let Some(gpu) = run(Device::Cuda(0), views.0, views.1, rows) else {
            return;
        };
        // The CPU's level decides whether products are rounded before they are added.
        for (gpu, cpu) in [(&gpu.0, &cpu.0), (&gpu.1, &cpu.1)] {
            assert!(
                gpu.iter().zip(cpu).all(|(a, b)| (a - b).abs() <= 4e-7),
                "{rows} rows"
            );
        }
    }
}

#[test]
fn a_gpu_takes_rows_of_any_layout() {
    // Backwards, in a column of a matrix; and one value for all.
    let matrix: Vec<f32> = (0..3000).map(|i| i as f32).collect();
    let x = View::strided(&matrix, 2998, (1000, 1), (-3, 1)).expect("a layout");
    let Some((once, twice)) = run(Device::Cuda(0), x, View::every(&2.0f32), 1000) else {
        return;
    };
    for (i, (once, twice)) in once.into_iter().zip(twice).enumerate() {
        let x = (2998 - 3 * i) as f32;
        assert_eq!((once, twice), (0.5 * x + 2.0, x + 2.0));
    }
}

#[test]
fn threads_share_a_gpu() {
    let x: Vec<f32> = (0..10_000).map(|i| i as f32).collect();
    std::thread::scope(|scope| {
        for shift in 0..4u8 {
            let x = &x;
            scope.spawn(move || {
                let y = f32::from(shift);
                for _ in 0..20 {
                    let views = (View::flat(x, 1), View::every(&y));
                    let Some((once, _)) = run(Device::Cuda(0), views.0, views.1, x.len()) else {
                        return;
                    };
                    assert!(
                        once.iter().zip(x).all(|(z, x)| *z == 0.5 * x + y),
                        "shift {shift}"
                    );
                }
            });
        }
    });
}

#[test]
fn what_the_driver_does_not_compile_is_an_error_with_its_reason() {
    let descriptor = descriptor(ptx().replace("fma.rn.f32", "fma.often.f32"));
    let arguments = [
        Argument::Param(&[0.5]),
        Argument::Rows(View::flat(&[1.0], 1)),
        Argument::Rows(View::flat(&[1.0], 1)),
    ];
    let prepared = Prepared::new(&descriptor, &arguments, &on(Device::Cuda(0))).expect("a call");
    let error = prepared.plan().expect_err("the text is no PTX");
    let message = error.to_string();
    if message.contains("no NVIDIA driver can be used") || message.contains("no CUDA device that") {
        let _ = writeln!(std::io::stderr(), "skipped: {message}");
        return;
    }
    assert_eq!(error.kind(), ErrorKind::Driver);
    assert!(
        message.contains("compiling the kernels failed") && message.contains(".often"),
        "{message}"
    );
}

#[test]
fn a_device_that_is_not_there_is_an_error_with_or_without_a_driver() {
    let arguments = [
        Argument::Param(&[0.5]),
        Argument::Rows(View::flat(&[1.0], 1)),
        Argument::Rows(View::flat(&[1.0], 1)),
    ];
    let options = on(Device::Cuda(4000));
    let prepared = Prepared::new(&descriptor(ptx()), &arguments, &options).expect("a call");
    let (mut once, mut twice) = ([0.0], [0.0]);
    let mut outputs = [OutputMut::Real(&mut once), OutputMut::Real(&mut twice)];
    let error = prepared
        .run(&mut outputs)
        .expect_err("there are not so many devices");
    match error.kind() {
        ErrorKind::Device => assert!(error.to_string().starts_with("`cuda:4000`: "), "{error}"),
        ErrorKind::Driver => {
            let name = if cfg!(windows) {
                "`nvcuda.dll`"
            } else {
                "`libcuda.so.1`"
            };
            assert!(error.to_string().contains(name), "{error}");
        }
        kind => panic!("{kind:?}: {error}"),
    }
}
