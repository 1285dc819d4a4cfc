"""Samplers and schedulers of other programs draw with NovelAI's nearest, and the answer says so."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from novelai.catalogue import image_models, model_spec
from novelai.server.compat.samplers import UnknownSamplerError, list_samplers, read_sampling

V45 = model_spec("nai-diffusion-4-5-full")
V3 = model_spec("nai-diffusion-3")
V5 = model_spec("nai-diffusion-5-full")
MEDIUM = model_spec("nai-diffusion-5-full-medium")

A1111 = """DPM++ 2M|DPM++ SDE|DPM++ 2M SDE|DPM++ 2M SDE Heun|DPM++ 2S a|DPM++ 3M SDE|Euler a|Euler
    |LMS|Heun|DPM2|DPM2 a|DPM fast|DPM adaptive|Restart|DDIM|DDIM CFG++|PLMS|UniPC|LCM|HeunPP2|IPNDM
    |IPNDM_V|DEIS|DDPM|DPM++ 2M Karras|DPM++ SDE Karras|DPM++ 2M SDE Exponential|DPM2 a Karras
    |DPM++ 2M SDE Karras|Euler A SGMUniform|DPM++ 2M Turbo|k_dpmpp_2s_a_ka|k_euler_a|k_heun|k_lcm
    |k_dpm_ad|Euler A Comfy"""
DRAW_THINGS = """PLMS|DDIM|Euler Ancestral|DPM++ 2M Karras|DPM++ SDE Karras|UniPC|LCM
    |Euler A Substep|DPM++ SDE Substep|TCD|TCD Trailing|Euler A Trailing|DPM++ SDE Trailing
    |DPM++ 2M AYS|Euler A AYS|DPM++ SDE AYS|DPM++ 2M Trailing|DDIM Trailing|UniPC Trailing
    |UniPC AYS"""
SD_NEXT = """Default|Euler|Euler a|Euler SGM|Euler EDM|Euler FlowMatch|DPM++|DPM++ 2M|DPM++ 3M
    |DPM++ 1S|DPM++ SDE|DPM++ 2M SDE|DPM++ 3M SDE|DPM++ 2M EDM|DPM++ Cosine|DPM SDE|DPM++ Inverse
    |DPM++ 2M Inverse|DPM++ 3M Inverse|DPM2 FlowMatch|DPM2a FlowMatch|DPM2++ 2M FlowMatch
    |DPM2++ 2S FlowMatch|DPM2++ SDE FlowMatch|DPM2++ 2M SDE FlowMatch|DPM2++ 3M SDE FlowMatch|UniPC
    |UniPC FlowMatch|DEIS|SA Solver|DC Solver|Heun|Heun FlowMatch|KDPM2|KDPM2 a|ER-SDE|ER-SDE 2M
    |ER-SDE 3M FlowMatch|DDIM|DDIM Parallel|DDPM|DDPM Parallel|PNDM|IPNDM|LMSD|LCM|LCM FlowMatch|TCD
    |TDD|PeRFlow|UFOGen|CMSI|Flash FlowMatch|VDM Solver|BDIA DDIM|CogX DDIM|ABNorsett 2M|Lawson 2S A
    |ETD-RK 3S A|PEC 423|RES-Unified 2S|RES-Singlestep 3S|RES-Multistep 2M|RES-SDE 2S|DEIS-Multistep
    |DEIS-Unified 1S|Sigmoid Sigma|Smoothstep Sigma|Euclidean Flow|Langevin Dynamics|Linear-RK Heun
    |Specialized-RK 3S|Runge-Kutta 4/4|Lobatto 2|Radau IIA 2|Gauss-Legendre 2S|Same as primary"""
COMFYUI = """euler|euler_cfg_pp|euler_ancestral|euler_ancestral_cfg_pp|heun|heunpp2|exp_heun_2_x0
    |exp_heun_2_x0_sde|dpm_2|dpm_2_ancestral|lms|dpm_fast|dpm_adaptive|dpmpp_2s_ancestral
    |dpmpp_2s_ancestral_cfg_pp|dpmpp_sde|dpmpp_sde_gpu|dpmpp_2m|dpmpp_2m_cfg_pp|dpmpp_2m_sde
    |dpmpp_2m_sde_gpu|dpmpp_2m_sde_heun|dpmpp_2m_sde_heun_gpu|dpmpp_3m_sde|dpmpp_3m_sde_gpu|ddpm|lcm
    |ipndm|ipndm_v|deis|res_multistep|res_multistep_cfg_pp|res_multistep_ancestral
    |res_multistep_ancestral_cfg_pp|gradient_estimation|gradient_estimation_cfg_pp|er_sde|seeds_2
    |seeds_3|sa_solver|sa_solver_pece|ddim|uni_pc|uni_pc_bh2"""
SDCPP = "euler_a|euler|heun|dpm2|dpm++2s_a|dpm++2m|dpm++2mv2|ipndm|ipndm_v|lcm|ddim_trailing|tcd"
NOVELAI = "k_euler_ancestral|k_dpmpp_2m_sde|ddim_v3|plms|k_dpm_fast|nai_smea_dyn"

SCHEDULERS = """Automatic|Uniform|Karras|Exponential|Polyexponential|SGM Uniform|KL Optimal
    |Align Your Steps|Simple|Normal|DDIM|Beta|Turbo|Align Your Steps GITS|Align Your Steps 11
    |Align Your Steps 32|simple|sgm_uniform|karras|exponential|ddim_uniform|beta|normal
    |linear_quadratic|kl_optimal|discrete|ays|gits|smoothstep|N/A|default|native"""


def split(names: str) -> list[str]:
    return [name.strip() for name in names.split("|")]


SAMPLERS = split(f"{A1111}|{DRAW_THINGS}|{SD_NEXT}|{COMFYUI}|{SDCPP}|{NOVELAI}")
UNSAID = ("Default", "Same as primary", "Automatic", "N/A", "default")


def test_every_name_of_other_programs_is_known():
    """Each sampler is one that the model has, whichever the model, and is noted if it is not it."""
    assert len(set(SAMPLERS)) > 150
    for spec in image_models().values():
        for name in SAMPLERS:
            found = read_sampling(name, None, spec)
            if name in UNSAID:
                assert (found.sampler, list(found.notes)) == (None, [])
            else:
                assert found.sampler in spec.samplers
            assert all(note.startswith(("sampler_name ", "The schedule")) for note in found.notes)
        for name in split(SCHEDULERS):
            schedule = read_sampling(None, name, spec).schedule
            assert schedule in (None, *spec.noise_schedules)
            assert (schedule is None) == (name in UNSAID)


@pytest.mark.parametrize(
    ("names", "spec", "sampler"),
    [
        (
            "Euler a|euler_a|EULER A|k_euler_a|Euler Ancestral|euler_ancestral|eulera",
            V45,
            "k_euler_ancestral",
        ),
        ("DPM++ 2M|dpm++2m|dpmpp_2m|k_dpmpp_2m|DPM++ 2m|DPM2++ 2M", V45, "k_dpmpp_2m"),
        ("DPM++ 2M SDE|dpmpp_2m_sde_gpu|k_dpmpp_2m_sde", V45, "k_dpmpp_2m_sde"),
        ("DPM2|dpm_2|KDPM2", V45, "k_dpm_2"),
        ("LMS|lms|LMSD", V45, "k_lms"),
        ("DDIM|ddim", V3, "ddim"),
        ("ddim_v3|DDIM V3", V3, "ddim_v3"),
        ("DPM++ 3M SDE|dpmpp_3m_sde_gpu", V3, "k_dpmpp_3m_sde"),
    ],
)
def test_the_same_sampler_needs_no_note(names, spec, sampler):
    """Other spellings of NovelAI's own samplers are that sampler, without a note."""
    found = [read_sampling(name, None, spec) for name in split(names)]
    assert {one.sampler for one in found} == {sampler}
    assert [note for one in found for note in one.notes] == []


@pytest.mark.parametrize(
    ("name", "spec", "sampler"),
    [
        ("UniPC", V45, "k_dpmpp_2m"),
        ("Heun", V45, "k_dpm_2"),
        ("LCM", V45, "k_euler_ancestral"),
        ("TCD", V5, "k_euler_ancestral"),
        ("Restart", V45, "k_dpm_2_ancestral"),
        ("DPM++ 2M SDE Heun", V45, "k_dpmpp_2m_sde"),
        ("Euler A Substep", V45, "k_euler_ancestral"),
        ("PLMS", V45, "k_lms"),
        ("DPM fast", V45, "k_dpm_2"),
        ("DPM adaptive", V45, "k_dpm_2"),
        ("DPM++ 3M SDE", V45, "k_dpmpp_2m_sde"),
        ("ddim_v3", V45, "k_euler"),
        ("DDIM", V45, "k_euler"),
        ("DPM++ 2M", MEDIUM, "k_euler_ancestral"),
    ],
)
def test_the_nearest_is_noted(name, spec, sampler):
    """What the model lacks becomes the nearest; the note has both names."""
    found = read_sampling(name, None, spec, fields=("sampler", "schedule"))
    label = {known: label for label, known in list_samplers(spec)}[sampler]
    assert found.sampler == sampler
    assert list(found.notes) == [f"sampler {name} became {label}: {spec.name} has no such sampler."]


def test_a_schedule_behind_a_sampler():
    """Older names end with the schedule; one that is given by itself comes first."""
    assert read_sampling("DPM++ 2M Karras", None, V45).schedule == "karras"
    assert read_sampling("k_dpmpp_2m_ka", "Automatic", V45).schedule == "karras"
    assert read_sampling("DPM++ 2M SDE Exponential", None, V45).schedule == "exponential"
    assert read_sampling("DPM++ 2M Karras", "exponential", V45).schedule == "exponential"
    ays = read_sampling("DPM++ 2M AYS", None, V45)
    assert (ays.sampler, ays.schedule) == ("k_dpmpp_2m", "karras")
    assert ays.notes == [
        f"The schedule of sampler_name DPM++ 2M AYS became Karras: {V45.name} has no such schedule."
    ]


def test_schedules():
    """A schedule that the model lacks is noted, also one that its sampler does not take."""
    assert list(read_sampling("Euler", "Karras", V5).notes) == []
    normal = read_sampling("Euler", "normal", V45)
    assert (normal.schedule, len(normal.notes)) == ("native", 1)
    only_karras = read_sampling("Euler", "exponential", V5)
    assert (only_karras.schedule, len(only_karras.notes)) == ("karras", 1)
    left_out = read_sampling("LMS", "karras", V45)
    assert left_out.schedule is None
    assert left_out.notes == ["scheduler karras was left out: LMS takes no schedule."]
    unknown = read_sampling("Euler", "brand new", V45)
    assert (unknown.schedule, len(unknown.notes)) == ("karras", 1)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Eular a", "did you mean Euler a?"),
        ("DMP++ 2M", "did you mean DPM++ 2M?"),
        ("unipcc", "did you mean unipc?"),
        ("nonsense", ""),
        ("k_", ""),
        ("x" * 100_000, ""),
        ("ka" * 50_000, ""),
    ],
)
def test_nonsense_is_refused(name, hint):
    """A name that no program has is refused, with the nearest spelling if there is one."""
    with pytest.raises(UnknownSamplerError) as refused:
        read_sampling(name, None, V45)
    assert (refused.value.field, refused.value.hint) == ("sampler_name", hint)


def test_names_of_four_programs_draw(server, seen):
    """Every sampler of four programs draws through the API, and each difference is in ``info``."""
    several = (A1111, DRAW_THINGS, SD_NEXT, COMFYUI)
    names = list(dict.fromkeys(name for program in several for name in split(program)[-22:]))
    assert len(names) > 60
    with httpx2.Client(base_url=server, timeout=120) as client:

        def draw(name: str) -> None:
            body = {"prompt": "a cat", "width": 64, "height": 64, "steps": 1, "sampler_name": name}
            answer = client.post("/sdapi/v1/txt2img", json=body)
            assert answer.status_code == 200, name
            info = json.loads(answer.json()["info"])
            expected = read_sampling(name, None, V45)
            assert info["notes"] == list(expected.notes), name
            if expected.sampler is not None:
                labels = {known: label for label, known in list_samplers(V45)}
                assert info["sampler_name"] == labels[expected.sampler]

        with ThreadPoolExecutor(8) as several:
            list(several.map(draw, names))
    drawn = [body["parameters"]["sampler"] for body in seen.bodies]
    assert len(drawn) == len(names)
    assert set(drawn) <= set(V45.samplers)
