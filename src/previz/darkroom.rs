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
use bevy::post_process::bloom::Bloom;
use bevy::prelude::*;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::{CachedPipelineState, PipelineCache, PollType, TextureFormat, TextureUsages};
use bevy::render::renderer::RenderDevice;
use bevy::render::settings::RenderCreation;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::render::{RenderApp, RenderPlugin};
use bevy::tasks::tick_global_task_pools_on_main_thread;
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;

use super::camera::{self, Eye};
use super::driver::{self, find_driver};
use super::mirror::{LONGEST_EXPOSURE_SECS, PictureTime};
use super::motion::Motion;
use super::optics::Shutter;
use super::picture::{Picture, PictureError};
use super::quality::{Quality, Tier};
use super::space::bevy_from_venue;
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
    supersample: u32,
    warm: bool,
}

/// How pictures shall look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub width: u32,
    pub height: u32,
    /// So many pixels are drawn for each of the picture's, along a side.
    pub supersample: u32,
    /// What may be spent; `None` = as the window would begin on this machine.
    pub tier: Option<Tier>,
}

/// Lamps are watched for so long before a picture that has none before it: heads are then where they would be.
const ROLL_SECS: f64 = 1.5;
const ROLL_STEP_SECS: f64 = 1.0 / 44.0;

impl Darkroom {
    pub fn open(width: u32, height: u32) -> Result<Self, PictureError> {
        Self::open_for(Look { width, height, supersample: 1, tier: None })
    }

    pub fn open_for(look: Look) -> Result<Self, PictureError> {
        let supersample = look.supersample.clamp(1, 4);
        let (width, height) = (look.width.saturating_mul(supersample), look.height.saturating_mul(supersample));
        if [look.width, look.height].into_iter().any(|side| side < 16) || width.max(height) > 8192 {
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
        app.insert_resource(look.tier.map_or_else(|| Quality::usual(driver.software), Quality::fixed));
        let mut image = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
        image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
        image.asset_usage = RenderAssetUsages::default();
        let target = app.world_mut().resource_mut::<Assets<Image>>().add(image);
        let camera = app.world_mut().spawn((camera::film(driver.software), RenderTarget::Image(target.clone().into()))).id();
        let mut room = Self { app, target, camera, program: None, supersample, warm: false };
        room.set_tier(look.tier.unwrap_or(Quality::usual(driver.software).tier));
        Ok(room)
    }

    /// Takes another show: its rig into the room, its program into the engine.
    pub fn hang(&mut self, program: Arc<Program>, room: Room) {
        self.build(program.rig.clone(), room);
        self.program = Some(program);
    }

    /// A rig without a show; for pictures of frames that were made by hand.
    pub fn build(&mut self, rig: Arc<Rig>, room: Room) {
        let world = self.app.world_mut();
        // What is new is on the graphics card only some frames later.
        if !Arc::ptr_eq(world.resource::<Part<Rig>>().get(), &rig) {
            world.resource_mut::<Part<Rig>>().set(rig);
            self.warm = false;
        }
        if *world.resource::<Room>() != room {
            *world.resource_mut::<Room>() = room;
            self.warm = false;
        }
        self.program = None;
    }

    /// What may be spent from the next picture on.
    pub fn set_tier(&mut self, tier: Tier) {
        self.app.insert_resource(Quality::fixed(tier));
        let mut camera = self.app.world_mut().entity_mut(self.camera);
        if tier.spending().bloom {
            camera.insert(camera::glow(false));
        } else {
            camera.remove::<Bloom>();
        }
    }

    /// The light of `window` as seen from `preset`.  A picture shortly after the last one goes on from there, as in a film.
    pub fn take(&mut self, window: Window, live: &Live, eye: impl Into<Eye>) -> Result<Picture, PictureError> {
        if let Some(program) = self.program.clone() {
            self.roll(&program, window, live);
            engine::render(&program, window, live, &mut self.app.world_mut().resource_mut::<CurrentFrame>().0);
        }
        self.watch(window.to);
        self.develop(eye.into())
    }

    /// A frame that somebody else rendered; lamps are where it says.
    pub fn take_frame(&mut self, frame: &Frame, eye: impl Into<Eye>) -> Result<Picture, PictureError> {
        self.set_frame(frame);
        self.develop(eye.into())
    }

    /// The next of several frames that somebody else rendered; lamps are on their way from where the last one had them.
    pub fn follow(&mut self, frame: &Frame, eye: impl Into<Eye>) -> Result<Picture, PictureError> {
        self.app.world_mut().resource_mut::<CurrentFrame>().0.clone_from(frame);
        self.watch(frame.window.to);
        self.develop(eye.into())
    }

    /// Where a place of the venue is in pictures taken from `eye`, in pixels from the upper left corner.
    pub fn place_of(&self, place: Vec3, eye: impl Into<Eye>) -> Option<Vec2> {
        let bounds = self.app.world().resource::<RoomBounds>();
        let camera = self.app.world().get::<Camera>(self.camera)?;
        let at = GlobalTransform::from(eye.into().transform(bounds));
        Some(camera.world_to_viewport(&at, bevy_from_venue() * place).ok()? / self.supersample as f32)
    }

    fn set_frame(&mut self, frame: &Frame) {
        let world = self.app.world_mut();
        world.resource_mut::<CurrentFrame>().0.clone_from(frame);
        world.resource_mut::<Motion>().forget();
        self.watch(frame.window.to);
    }

    /// Draws a frame so many times, as a window would, and tells how long each took, in seconds, until the driver was done.
    pub fn time(&mut self, frame: &Frame, eye: impl Into<Eye>, n: usize) -> Result<Vec<f64>, PictureError> {
        let eye = eye.into();
        self.set_frame(frame);
        self.point(eye);
        self.warm_up()?;
        self.point(eye);
        let begun = Instant::now();
        let mut took = Vec::with_capacity(n);
        for drawn in 0..=n {
            let started = Instant::now();
            self.app.update();
            self.finish_drawing();
            // The first of them builds what changed since the last picture.
            if drawn > 0 {
                took.push(started.elapsed().as_secs_f64());
            }
            if begun.elapsed() > PATIENCE / 2 && !took.is_empty() {
                break;
            }
        }
        self.expose(false);
        Ok(took)
    }

    /// Lets time pass in the lamps before a picture that does not go on from the last one.
    fn roll(&mut self, program: &Program, window: Window, live: &Live) {
        let rig = self.app.world().resource::<Part<Rig>>().get().clone();
        let mut motion = self.app.world_mut().resource_mut::<Motion>();
        if motion.at_secs().is_some_and(|before| (1e-9..0.3).contains(&(window.to - before))) {
            return;
        }
        motion.forget();
        let mut frame = Frame::default();
        let n = (window.to.clamp(0.0, ROLL_SECS) / ROLL_STEP_SECS).floor() as u32;
        for step in (1..=n).rev() {
            let at = Window::ending(window.to - f64::from(step) * ROLL_STEP_SECS, ROLL_STEP_SECS);
            engine::render(program, at, live, &mut frame);
            motion.advance(&rig, &frame, Shutter { at_secs: at.to, exposure_secs: ROLL_STEP_SECS });
        }
    }

    fn watch(&mut self, at_secs: f64) {
        let shutter = Shutter { at_secs, exposure_secs: LONGEST_EXPOSURE_SECS };
        let rig = self.app.world().resource::<Part<Rig>>().get().clone();
        let world = self.app.world_mut();
        world.resource_mut::<PictureTime>().shutter = shutter;
        world.resource_scope(|world, mut motion: Mut<Motion>| motion.advance(&rig, &world.resource::<CurrentFrame>().0, shutter));
    }

    fn finish_drawing(&self) {
        if let Some(device) = self.app.world().get_resource::<RenderDevice>() {
            // A device that is gone shows in the deadlines.
            device.poll(PollType::wait_indefinitely()).map(|_| ()).unwrap_or_default();
        }
    }

    fn develop(&mut self, eye: Eye) -> Result<Picture, PictureError> {
        self.point(eye);
        self.warm_up()?;
        self.point(eye); // the room's size is known only once it was built
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
            self.finish_drawing();
            // The image is ready, and on its way through a task of Bevy's.
            std::thread::sleep(Duration::from_millis(2));
            self.app.update();
        };
        let rgb = image.try_into_dynamic().map_err(|_unsupported| PictureError::Format)?.to_rgb8();
        Ok(Picture { width: rgb.width(), height: rgb.height(), rgb: rgb.into_raw() }.shrunk(self.supersample))
    }

    fn point(&mut self, eye: Eye) {
        let bounds = *self.app.world().resource::<RoomBounds>();
        self.app.world_mut().entity_mut(self.camera).insert(eye.transform(&bounds));
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
                let wrong = cache.pipelines().find_map(|pipeline| match &pipeline.state {
                    CachedPipelineState::Err(error) => Some(error.to_string()),
                    _ => None,
                });
                if let Some(wrong) = wrong {
                    return Err(PictureError::Shader(wrong.chars().take(2000).collect()));
                }
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
