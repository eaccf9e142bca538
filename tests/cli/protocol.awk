# Puts the tables of protocol_tables, the first file, between the marks of docs/protocol.md, the second.
FNR == NR { if (/^@/) name = substr($0, 2); else table[name] = table[name] $0 "\n"; next }
/^<!-- table / { print; print ""; printf "%s", table[$3]; print ""; skip = 1; next }
/^<!-- end -->/ { skip = 0 }
!skip
