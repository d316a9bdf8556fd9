"""`connect`: from a name to a prepared backend whose tokens have a price."""

from tests.servers import ScriptedServer
from ttc.connect import connect


async def test_a_served_model_of_a_known_name_has_a_price_in_eflops():
    async with ScriptedServer() as server:
        backend = await connect(server.url + "/v1#Qwen2.5-1.5B-Instruct")
        assert backend.pricing.eflops(100, 0, 100) > 0
        await backend.aclose()
