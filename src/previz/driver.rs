//! Is there anything on this machine that can draw?  Asked before a renderer is started, which would not take no for
//! an answer.

use bevy::render::renderer::WgpuWrapper;
use bevy::render::settings::{Backends, WgpuSettings};
use bevy::tasks::block_on;
use thiserror::Error;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("No graphics driver was found: install one, for instance `mesa-vulkan-drivers`; light and output do not need it")]
pub struct NoDriver;

/// What will draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Driver {
    pub name: String,
    /// True where the CPU draws.
    pub software: bool,
}

/// Which graphics interfaces are tried: the modern ones, unless `WGPU_BACKEND` says otherwise.  OpenGL lacks what beams
/// need, and merely asking for it makes its libraries complain on machines without a display.
pub fn settings() -> WgpuSettings {
    let mut settings = WgpuSettings::default();
    if std::env::var_os("WGPU_BACKEND").is_none() {
        settings.backends = Some(Backends::PRIMARY);
    }
    settings
}

/// The driver that a window or a picture will be drawn with, as far as can be told without a window.
pub fn find_driver() -> Result<Driver, NoDriver> {
    let backends = settings().backends.unwrap_or(Backends::PRIMARY);
    let instance = WgpuWrapper::new(wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    }));
    let request = wgpu::RequestAdapterOptions { power_preference: wgpu::PowerPreference::HighPerformance, ..Default::default() };
    let adapter = block_on(instance.request_adapter(&request)).map_err(|_none_found| NoDriver)?;
    let info = adapter.get_info();
    Ok(Driver { name: info.name, software: info.device_type == wgpu::DeviceType::Cpu })
}
