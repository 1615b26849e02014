//! Pictures without a window: one world, one camera, one image; give it a program and a moment, get a PNG.
//!
//! Nothing is drawn between pictures.  The thread that opens the darkroom is made to give way to others, and so are
//! the threads that the driver starts from it: pictures take as long as they take, the output does not wait.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bevy::app::{PluginsState, TaskPoolPlugin, TerminalCtrlCHandlerPlugin};
use bevy::asset::RenderAssetUsages;
use bevy::camera::RenderTarget;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::{PipelineCache, PollType, TextureFormat, TextureUsages};
use bevy::render::renderer::RenderDevice;
use bevy::render::settings::RenderCreation;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::render::{RenderApp, RenderPlugin};
use bevy::tasks::tick_global_task_pools_on_main_thread;
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;

use super::camera::{self, CameraPreset};
use super::driver::{self, find_driver};
use super::mirror::PictureTime;
use super::picture::{Picture, PictureError};
use super::stage::{Room, RoomBounds};
use crate::engine::{self, Frame, Live, Program, Rig, Window};
use crate::show::plugin::{CurrentFrame, Part};

/// How long start-up, or one picture, may take: a software renderer on a busy machine needs seconds, not minutes.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

pub struct Darkroom {
    app: App,
    target: Handle<Image>,
    camera: Entity,
    program: Option<Arc<Program>>,
    warm: bool,
}

impl Darkroom {
    pub fn open(width: u32, height: u32) -> Result<Self, PictureError> {
        if !(16..=8192).contains(&width) || !(16..=8192).contains(&height) {
            return Err(PictureError::Size(width, height));
        }
        let driver = find_driver()?;
        give_way();
        let mut app = App::new();
        app.add_plugins(
            DefaultPlugins
                .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() })
                .set(RenderPlugin {
                    render_creation: RenderCreation::Automatic(Box::new(driver::settings())),
                    synchronous_pipeline_compilation: true,
                    ..default()
                })
                .set(TaskPoolPlugin { task_pool_options: TaskPoolOptions::with_num_threads(2) })
                .disable::<WinitPlugin>()
                .disable::<PipelinedRenderingPlugin>()
                .disable::<TerminalCtrlCHandlerPlugin>()
                .disable::<LogPlugin>(),
        )
        .add_plugins((crate::schedule::plugin, super::plugin));
        let started = Instant::now();
        while app.plugins_state() == PluginsState::Adding {
            if started.elapsed() > PATIENCE {
                return Err(PictureError::Stuck);
            }
            tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();
        app.init_resource::<Part<Rig>>().init_resource::<CurrentFrame>();
        app.world_mut().resource_mut::<PictureTime>().follows_show = true;
        let mut image = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
        image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
        image.asset_usage = RenderAssetUsages::default();
        let target = app.world_mut().resource_mut::<Assets<Image>>().add(image);
        let camera = app.world_mut().spawn((camera::film(driver.software), RenderTarget::Image(target.clone().into()))).id();
        Ok(Self { app, target, camera, program: None, warm: false })
    }

    /// Takes another show: its rig into the room, its program into the engine.
    pub fn hang(&mut self, program: Arc<Program>, room: Room) {
        self.build(program.rig.clone(), room);
        self.program = Some(program);
    }

    /// A rig without a show; for pictures of frames that were made by hand.
    pub fn build(&mut self, rig: Arc<Rig>, room: Room) {
        let world = self.app.world_mut();
        if !Arc::ptr_eq(world.resource::<Part<Rig>>().get(), &rig) {
            world.resource_mut::<Part<Rig>>().set(rig);
        }
        world.resource_mut::<Room>().set_if_neq(room);
        self.program = None;
    }

    /// The light of `window` as seen from `preset`.
    pub fn take(&mut self, window: Window, live: &Live, preset: CameraPreset) -> Result<Picture, PictureError> {
        if let Some(program) = &self.program {
            engine::render(program, window, live, &mut self.app.world_mut().resource_mut::<CurrentFrame>().0);
        }
        self.develop(preset)
    }

    /// A frame that somebody else rendered.
    pub fn take_frame(&mut self, frame: &Frame, preset: CameraPreset) -> Result<Picture, PictureError> {
        self.app.world_mut().resource_mut::<CurrentFrame>().0.clone_from(frame);
        self.develop(preset)
    }

    fn develop(&mut self, preset: CameraPreset) -> Result<Picture, PictureError> {
        self.point(preset);
        self.warm_up()?;
        self.point(preset); // the room's size is known only once it was built
        let developed: Arc<Mutex<Option<Image>>> = Arc::default();
        let tray = developed.clone();
        self.app.world_mut().spawn(Screenshot::image(self.target.clone())).observe(move |captured: On<ScreenshotCaptured>| {
            *tray.lock().unwrap_or_else(PoisonError::into_inner) = Some(captured.image.clone());
        });
        self.app.update();
        self.expose(false);
        let started = Instant::now();
        let taken = || developed.lock().unwrap_or_else(PoisonError::into_inner).take();
        let image = loop {
            if let Some(image) = taken() {
                break image;
            }
            if started.elapsed() > PATIENCE {
                return Err(PictureError::Stuck);
            }
            if let Some(device) = self.app.world().get_resource::<RenderDevice>() {
                // A device that is gone shows in the deadline above.
                device.poll(PollType::wait_indefinitely()).map(|_| ()).unwrap_or_default();
            }
            // The image is ready, and on its way through a task of Bevy's.
            std::thread::sleep(Duration::from_millis(2));
            self.app.update();
        };
        let rgb = image.try_into_dynamic().map_err(|_unsupported| PictureError::Format)?.to_rgb8();
        Ok(Picture { width: rgb.width(), height: rgb.height(), rgb: rgb.into_raw() })
    }

    fn point(&mut self, preset: CameraPreset) {
        let bounds = *self.app.world().resource::<RoomBounds>();
        self.app.world_mut().entity_mut(self.camera).insert(preset.transform(&bounds));
        self.expose(true);
    }

    /// A closed camera costs nothing while the picture travels back from the driver.
    fn expose(&mut self, open: bool) {
        if let Some(mut camera) = self.app.world_mut().get_mut::<Camera>(self.camera) {
            camera.is_active = open;
        }
    }

    /// The first frames load shaders; a picture taken then would lack what they draw.
    fn warm_up(&mut self) -> Result<(), PictureError> {
        if self.warm {
            return Ok(());
        }
        let started = Instant::now();
        for frame in 0.. {
            self.app.update();
            let cache = self.app.sub_app(RenderApp).world().resource::<PipelineCache>();
            if frame >= 5 && cache.waiting_pipelines().count() == 0 {
                break;
            }
            if started.elapsed() > PATIENCE {
                return Err(PictureError::Stuck);
            }
        }
        self.warm = true;
        Ok(())
    }
}

/// Where the system does not allow it, pictures compete with everything else on equal terms.
fn give_way() {
    use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};
    if let Ok(low) = ThreadPriorityValue::try_from(15_u8) {
        set_current_thread_priority(ThreadPriority::Crossplatform(low)).unwrap_or_default();
    }
}
