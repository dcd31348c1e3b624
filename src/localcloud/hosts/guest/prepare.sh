# Run in a guest's namespaces before its init: give it what a machine of its own would have.
# Arguments: the host name, then the name servers. Standard input: /etc/pip.conf.
set -u
hostname=$1
shift
own=/run/.localcloud
mkdir -p $own

# podman binds these over the files, so that renaming onto them fails (EBUSY): make them plain.
for file in hostname hosts resolv.conf; do
    umount "/etc/$file" 2>/dev/null
done
if [ ! -e /etc/.localcloud-prepared ]; then
    echo "$hostname" >/etc/hostname
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$hostname" >/etc/hosts
    cat >/etc/pip.conf
    touch /etc/.localcloud-prepared
fi
for server in "$@"; do
    echo "nameserver $server"
done >/etc/resolv.conf

# A boot id of its own for each start: ansible.builtin.reboot and `journalctl -b` go by it.
cat /proc/sys/kernel/random/uuid >$own/boot_id
mount --bind $own/boot_id /proc/sys/kernel/random/boot_id

# Settings that the kernel has once for the whole machine: a private copy, to read and to write.
core="rmem_max wmem_max rmem_default wmem_default netdev_max_backlog"
copy() {
    mkdir -p "$own/sys/${1%/*}"
    cat "/proc/sys/$1" >"$own/sys/$1" 2>/dev/null
}
for file in $(cd /proc/sys && find vm fs -type f); do
    copy "$file"
done
for name in $core; do
    [ -e "/proc/sys/net/core/$name" ] && copy "net/core/$name"
done
for directory in vm fs; do
    mount --bind $own/sys/$directory /proc/sys/$directory
done
# The rest of net belongs to the guest's own network namespace: writable.
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,rw /proc/sys/net
for name in $core; do
    [ -e "$own/sys/net/core/$name" ] && mount --bind "$own/sys/net/core/$name" "/proc/sys/net/core/$name"
done

# On cgroup v1 the controllers are read-only at first; a docker inside must make groups there.
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
    for controller in /sys/fs/cgroup/*; do
        case $controller in
        */unified) ;;
        *) mount -o remount,bind,rw "$controller" 2>/dev/null ;;
        esac
    done
fi
exit 0
