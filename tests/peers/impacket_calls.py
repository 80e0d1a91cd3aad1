# SPDX-License-Identifier: Apache-2.0
"""What impacket's rpcdump and rpcmap do, without their command lines."""

from impacket import uuid
from impacket.dcerpc.v5 import epm, mgmt, transport


def connect(sequence, port, host="127.0.0.1"):
    dce = transport.DCERPCTransportFactory(f"{sequence}:{host}[{port}]").get_dce_rpc()
    dce.get_rpc_transport().set_connect_timeout(30)
    dce.connect()
    return dce


def rpcdump(sequence, port, host="127.0.0.1"):
    """What rpcdump prints: (UUID, version, binding, annotation) of each entry, sorted."""
    dce = connect(sequence, port, host)
    found = []
    for entry in epm.hept_lookup(None, dce=dce):
        floors = entry["tower"]["Floors"]
        name, version = uuid.bin_to_uuidtup(bytes(floors[0]["InterfaceUUID"]) + bytes(
            [floors[0]["MajorVersion"] & 255, floors[0]["MajorVersion"] >> 8,
             floors[0]["MinorVersion"] & 255, floors[0]["MinorVersion"] >> 8]))
        binding = epm.PrintStringBinding(floors)
        found.append((name.lower(), version, binding.split(":")[0],
                      binding[binding.index("[") + 1:-1],
                      entry["annotation"].rstrip(b"\0").decode()))
    dce.disconnect()
    return sorted(found)


def rpcmap(sequence, port):
    """What rpcmap learns from mgmt: the interfaces of the endpoint."""
    dce = connect(sequence, port)
    dce.bind(mgmt.MSRPC_UUID_MGMT)
    answer = mgmt.hinq_if_ids(dce)
    vector = answer["if_id_vector"]
    names = set()
    for number in range(vector["count"]):
        name, version = uuid.bin_to_uuidtup(vector["if_id"][number]["Data"].getData())
        names.add((name.lower(), version))
    dce.disconnect()
    return names
