#!/usr/bin/env python3
"""Adds up the line coverage of src/ over all test projects: coverage.py FOLDER MINIMUM_PERCENT."""
import collections
import pathlib
import sys
import xml.etree.ElementTree as xml

folder, minimum = pathlib.Path(sys.argv[1]), float(sys.argv[2])
lines = collections.defaultdict(dict)  # file -> line -> hits
for report in folder.rglob("*.cobertura.xml"):
    for entry in xml.parse(report).getroot().iter("class"):
        name = entry.get("filename", "")
        if "/src/" not in name or "/obj/" in name:
            continue
        path = name.split("/src/", 1)[1]
        for line in entry.iter("line"):
            number = int(line.get("number"))
            lines[path][number] = max(lines[path].get(number, 0), int(line.get("hits")))

if not lines:
    sys.exit("no coverage reports found")
rooms = collections.defaultdict(lambda: [0, 0])
for path, hits in lines.items():
    room = "/".join(path.split("/")[:2]) if path.count("/") > 1 else path.split("/")[0]
    rooms[room][0] += sum(1 for hit in hits.values() if hit)
    rooms[room][1] += len(hits)
covered, total = (sum(count[i] for count in rooms.values()) for i in (0, 1))
for room in sorted(rooms):
    print(f"  {100 * rooms[room][0] / rooms[room][1]:5.1f} %  {rooms[room][1]:6} lines  {room}")
percent = 100 * covered / total
print(f"  {percent:5.1f} %  {total:6} lines  in all; at least {minimum:.0f} % is asked")
sys.exit(percent < minimum)
