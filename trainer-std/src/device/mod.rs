//! `pocketgan device`: talks to a board that runs the console.

mod bench;
pub(crate) mod cli;
mod client;
mod draw;
mod info;
mod load;
mod noise;
mod port;
mod show;
mod verify;

use anyhow::Result;

use cli::{DeviceArguments, Task};

pub(crate) fn device(typed: &DeviceArguments) -> Result<()> {
    match &typed.task {
        Task::Info(arguments) => info::info(arguments),
        Task::Draw(arguments) => draw::draw(arguments),
        Task::Show(arguments) => show::show(arguments),
        Task::Morph(arguments) => show::morph(arguments),
        Task::Verify(arguments) => verify::verify(arguments),
        Task::Bench(arguments) => bench::bench(arguments),
        Task::Load(arguments) => load::load(arguments),
    }
}
